"""Promises: what the city said it will do, and by which day.

Each promise is made with an answer, in every language of that answer; it is dated and owned by the
unit that answered. It is kept with evidence, moved to a later day or broken, each time with public
words. Its first date stays visible when it moves, and lateness counts from there. Keeping it takes
words in every official language that say how one can see it, and may name a page or a decision or
show a photo. A photo needs words in every official language for those who do not see it. It can be
taken away again; that it stood there is not forgotten.

Everybody sees what was promised on one page (`ledger.py`); the unit, or the official of it who sees
to the promise, is reminded some days before (`reminders.py`).

Start reading in `services.py`.
"""
