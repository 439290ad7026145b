"""Administration: who has which role, and what happened to outgoing mail.

Only administrators come here. Rules of roles live in accounts; this feature shows and asks. The
words of a message are private, so they are shown only in a demonstration, where the people are
invented and its confirmation links have to be followed somehow. A message that was given up can be
sent again, by a button or by `flask mail retry`.

Start reading in `routes.py`.
"""
