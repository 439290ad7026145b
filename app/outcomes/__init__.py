"""What became of an accepted matter, and what residents think of it.

The unit says when implementing starts and when it is done, with evidence that everybody sees. Then
the author, the supporters and the followers are asked whether it helped; each has one verdict,
which may be changed while the matter is implemented. When enough say no (the municipality's
setting: at least so many, and at least such a share), the system reopens the matter, and those
verdicts do not count against the next attempt. Evaluating records how the verdicts were spread, not
before the asking has lasted some days or brought some verdicts. It meets no measurement: the unit
publishes what it measured six and twelve months after implementing, each with its value.

After an answer the same people are asked how well they understood the reasons, 1 to 5. Verdicts
and scores are no journal entries; what follows from them is. Both questions can be answered without
signing in by a signed link in the mail about the step (`links.py`).

Start reading in `services.py`.
"""
