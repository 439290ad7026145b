"""Moderation: reports, hiding by a rule, appeals, blocks, held texts, public figures.

Anybody with a confirmed address reports a matter or a comment. A moderator decides: hides it by a
rule of the discussion, or leaves it as it is; either closes all open reports on it. Nobody decides
on an own matter or comment, nor on the discussion of an own matter. The journal names the rule and
never the text. What is hidden goes on being handled; the public sees that something is hidden and
why, and the author still sees the own matter.

Whom a decision is about can appeal once, and another moderator decides (`appeals.py`). Everybody
reads how much is reported and hidden, and how fast it is decided (`figures.py`).

Start reading in `policies.py`, then `services.py`.
"""
