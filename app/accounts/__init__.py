"""People: registration with a confirmed address, sign-in, language, home area, roles in time.

A person has an account (light: an e-mail address that answered); strong identification is another
matter. Roles are granted for a unit or body and for a time, and grants are journalled. Nothing here
tells whether an address has an account: answers and their timing are the same either way.

Start reading in `services.py`.
"""
