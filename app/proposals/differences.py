"""The difference between two versions of a text, word by word. Pure."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

_WORD = re.compile(r"\n|\S+[^\S\n]*|[^\S\n]+")  # a line break is a word of its own


@dataclass(frozen=True)
class Piece:
    """A stretch of text that stayed ("same"), came ("added") or went ("removed")."""

    change: str
    text: str


def compare(before: str, after: str) -> list[Piece]:
    """The pieces that make up both texts, in order; what went stands before what came instead."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    pieces = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new).get_opcodes():
        if tag == "equal":
            pieces.append(Piece("same", "".join(new[j1:j2])))
            continue
        removed, added = "".join(old[i1:i2]), "".join(new[j1:j2])
        pieces += [Piece("removed", removed)] if removed else []
        pieces += [Piece("added", added)] if added else []
    return pieces
