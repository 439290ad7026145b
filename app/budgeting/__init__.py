"""Participatory budgeting rounds: phases, envelopes, projects, and the rules that bind the vote.

A *round* has *phases* with half-open times `[opens, closes)`, and *contests*: one envelope of money
each, for the whole city or for one area. A *project* stands in one contest with its cost; one or
many matters can be its source, and the lineage shows both ways. Everything about the rules (phases,
envelopes, eligibility, ballot, counting rule with every parameter) is given when the round is made
and fixed when it is published; their digest stands in the journal. Projects can be added and
decided on until voting opens.

Projects: proposed -> feasible | refused (with a public reason); feasible -> winner | lost, by the
confirmed result (see voting).

Start reading in `models.py`, then `services.py`; `rules.py` holds the counting rule of a round.
"""
