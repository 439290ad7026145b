"""The demonstration city: two invented years, lived through the same commands that people use.

Every matter, discussion and round is a small story (`stories.py`, `rounds.py`): a generator that
acts and yields the moment of its next act. `stage.py` runs all stories in the order of time under
a clock that it moves, so that the journal grows as it would have. Texts are data (`content/`),
everything random comes from a seed, and dates are counted back from the day of loading.
`bulk.py` is the fast path for a hundred thousand matters.

One click steps into a role (`routes.py`), only in a database that was marked when it was loaded,
and only for a browser on the same machine.
"""
