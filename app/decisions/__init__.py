"""Decisions of the city's bodies, linked to matters, and the meetings at which they are made.

Decisions come from files and addresses that the municipality configures: RSS as Dynasty gives it,
and the JSON of Helsinki's Ahjo and of Espoo. A file is untrusted: it is read within limits of
size, depth and length, without entities, and its texts are stripped of markup. Good items come in,
bad ones are reported with their number; a file that cannot be read comes in not at all. Reading
the same file again changes nothing.

A decision whose case number equals a matter's is proposed as its link. Only a person (an official
of the unit that holds the matter, or the registry) confirms or rejects a proposal, or links a
decision by hand. A decision that carries another matter's number is refused. Only confirmed links
are public and stand in the journal. A rejected pair is not proposed again.

A meeting is known by body and local day; its hour and place may be known too. It comes from an
agenda, from a matter sent to a body, or from `flask decisions meeting`. Residents can influence
until the last day before the meeting: during the meeting's own day nothing is promised.

Start reading in `services.py`; the readers (`rss.py`, `ahjo.py`, `espoo.py`) are pure, the network
is in `fetching.py`.
"""
