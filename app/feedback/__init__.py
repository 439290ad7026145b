"""Feedback without an account.

Anybody may tell how a service works: the matter has no author, is pending at once and has its
clock. A sender who leaves an e-mail address gets a message at each step; with or without one, the
sender gets a signed link to a page with the state, the city's question and the answer. Whoever
has the link is the sender; it can do nothing but read this matter, reply to the question and end
the messages.

What is known of a sender is one row apart from the matter, never in the journal or the logs. It
is deleted when the sender asks for it, and some days (the setting `feedback.keep_days` of the
municipality) after the handling has ended; the link dies with it.

Against spam without a captcha: a field that people do not see, a few seconds that a person needs
to write, limits by address and network, no more links than a new account may use. Start reading
in `services.py`.
"""
