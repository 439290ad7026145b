"""Discussion of a matter: comments with a stance, in threads of at most three levels.

A comment that starts a thread has level 1; an answer to level 3 is refused, so that a thread stays
readable on a phone. Everybody with a confirmed address comments on a visible matter that has not
been withdrawn or merged. Each comment keeps the capacity in which it was written: an official's
unit or a councillor's body, as the roles stood at that moment.

The journal has an entry for each comment, with the digest of its words, and one when moderation
hides or shows it; votes of usefulness are no entries. Hidden comments leave the counts at once and
are shown as hidden, with the rule (`rules.DiscussionRule`).

Start reading in `models.py`, then `services.py`.
"""
