"""Handling: from the registry's inbox until the answer is written.

Every act is one command with its policy and one journal entry; the matter's card and its clocks
follow from the entry. When a colleague was faster, the page says what has happened, and what was
typed is still there. From the registering on, officials of the unit that holds a matter prepare,
ask, hand over, estimate, extend and transfer; nobody handles a matter they started.

The author may be asked, which stops the answer clock; a body's meeting does not. If no reply
comes, the unit goes on with a public reason, and the clock runs again.

The page on which a matter is handled has panels of higher features: answers, promises, outcomes.
Their acts and forms are made like those here (`acts.py`, `acting.py`, `forms.py`).

A matter is offered to another unit, which takes it or returns it (`handovers.py`); until then it
counts for the unit that gives it. The queue (`queue.py`, `filters.py`) begins with what is late.
Internal notes and templates of answers are no public steps and stand in no journal.

Start reading in `services.py`.
"""
