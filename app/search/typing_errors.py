"""Words that differ by a slip of the fingers: the optimal string alignment distance.

It counts letters taken away, added or changed, and two neighbours swapped (Damerau 1964; no piece
is edited twice).
"""

from collections.abc import Iterable

SHORTEST = 4  # characters; nearly every shorter word is close to another one
LONG = 6  # characters; from here on two differences are allowed


def closest(word: str, known: Iterable[str]) -> list[str]:
    """The known words with the fewest differences from a word, none when all have too many."""
    most = 1 if len(word) < LONG else 2
    found: dict[str, int] = {}
    for one in known:
        if abs(len(one) - len(word)) <= most and (n := distance(word, one)) <= most:
            found[one] = n
    least = min(found.values(), default=0)
    return sorted(one for one, n in found.items() if n == least)


def distance(left: str, right: str) -> int:
    """How many slips make one word of the other."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        earlier, before, row = before, row, [i]
        for j, b in enumerate(right, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and (a, b) == (right[j - 2], left[i - 2]):
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
    return row[-1]
