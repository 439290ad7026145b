"""Duty clocks: every legal and promised deadline of a matter, public from its start to its end.

`rules.fold` is the pure table of how journal entries start, pause, continue, extend, meet and end
clocks. The same function runs in the command that records an entry and in the replay. Deadlines
are computed when a clock starts (`schedule`) and stand in a journal entry of their own, so that a
later change of a setting never rewrites the past. A clock that runs out writes one `overdue` entry
whose `at` is the due moment, however late the job runs.

Start reading in `rules.py`.
"""
