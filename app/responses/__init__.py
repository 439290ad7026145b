"""Handling and answering: from the registry's inbox to the last promise.

Every act is one command with its policy and one journal entry; the matter's card and its clocks
follow from the entry. The registry gives a pending matter its case number and unit. From there on
officials of the unit that holds it prepare, ask, hand over, estimate, extend and answer; nobody
handles a matter they started.

An answer is published complete in every official language, or not at all (`completeness.py`). Its
versions never change: a correction is a new version with its reason and keeps the outcome; another
outcome needs the matter reopened and answered again. Each promise of an answer is dated and owned
by a unit; its first date stays visible when it moves. A matter is closed only with reasons, and
only when its answer leaves nothing to do: no action, or every promise settled.

The author may be asked, which stops the answer clock; a body's meeting does not. If no reply
comes, the unit goes on with a public reason, and the clock runs again.

Start reading in `services.py`.
"""
