"""What became of an accepted matter, and what residents think of it.

The unit says when implementing starts and when it is done, with evidence that everybody sees. Then
the author, the supporters and the followers are asked whether it helped; each has one verdict,
which may be changed while the matter is implemented. When enough say no (the municipality's
setting: at least so many, and at least such a share), the system reopens the matter, and those
verdicts do not count against the next attempt. Evaluating records how the verdicts were spread.

After an answer the same people are asked how well they understood the reasons, 1 to 5. Verdicts
and scores are no journal entries; what follows from them is.

Start reading in `services.py`.
"""
