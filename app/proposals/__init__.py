"""Matters residents start: feedback, proposals and resident initiatives.

One life for all kinds (`State`, `MOVES`); every move is one journal entry and `apply_move` is the
only place that writes the state. `Card` is what lists filter and sort by: proposals owns these
columns, higher features set them through `set_card` and `count_change`.

The word *matter* (asia) covers all three kinds; *proposal* (ehdotus) is one of them.

Start reading in `lifecycle.py` (pure), then `models.py` and `services.py`.
"""
