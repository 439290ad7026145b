"""What everybody can see: how a matter travelled, the public log, how the city answers now.

Reads only. The journey of a matter is built from its journal entries alone, by pure modules that
are tested without a database:

- `spans`: who held the matter from when to when, and where it waited;
- `deadlines` and `clockbars`: each duty clock in days, its result and its bar;
- `sentences` and `steps`: each entry in words, the time between them, what comes next;
- `shares`, `lanes`, `comparison`: the drawings, made of the shapes of `core.drawing`;
- `proofs`: one entry of the log with its hash computed anew;
- `journey`: puts one matter's page together.

The overview shows figures that a job works out for the whole city (`services.rebuild_figures`,
table `figure`; arithmetic in `figures` and `survival`). Hand-overs are counted from a copy that the
same job fills (table `hand_over`, `flows`); `lists` reads what is so now: a unit's open matters,
matters without a step. Start reading in `journey.py`.
"""
