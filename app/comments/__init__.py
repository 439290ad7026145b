"""Discussion of a matter: comments with a stance, in threads of at most three levels.

A comment that starts a thread has level 1; an answer to level 3 is refused, so that a thread stays
readable on a phone. Everybody with a confirmed address comments on a visible matter that has not
been withdrawn or merged. Each comment keeps the capacity in which it was written: an official's
unit or a councillor's body, as the roles stood at that moment.

Pages are bounded however long a discussion is: so many threads with their first answers, and pages
of one thread. On top stand the arguments for and against that readers marked as useful. Authors
change their comments, with every version public, and delete them for good.

The journal has an entry for each comment and change, with the digest of its words, and one when
its author deletes it or moderation hides or shows it; votes of usefulness are no entries. Hidden
and deleted comments leave the counts at once and are shown as such, a hidden one with the rule
(`rules.DiscussionRule`), a deleted one only while it holds answers.

Start reading in `models.py`, then `services.py` and `editing.py`.
"""
