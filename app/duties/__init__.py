"""Duty clocks: every legal and promised deadline of a matter, public from its start to its end.

`rules.fold` is the pure table of how journal entries start, pause, continue, extend, meet and end
clocks. The same function runs in the command that records an entry and in the replay. Deadlines
are computed when a clock starts (`schedule`) and stand in a journal entry of their own, so that a
later change of a setting never rewrites the past. A clock that runs out writes one `overdue` entry
whose `at` is the due moment, however late the job runs.

`table.py` lists the duties: when each starts, when it is due, whether it may stand still, and where
its rule comes from. Two of them start by a mark, since the law gives them a deadline of their own:
a document request and feedback about digital accessibility. The text marks a matter when it is
published (`marks.py`), else the registry or an official does.

Start reading in `table.py`, then `rules.py`.
"""
