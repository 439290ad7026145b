"""How alike two titles are, from 0 to 1: whole words, parts of compounds, pieces of words.

Each word of the one title is laid on the most alike word of the other: 1 for the same base form, a
share for a common part of a compound, else the cosine of their three-to-five-letter pieces when it
is high enough. Words weigh by how rare they are in titles (as in TF-IDF), and what is left over in
either title takes away. So inflection, compounds and typing errors cost little, while a common word
says little. Written down in docs/finding.md with what it finds.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from app.search.tokens import Word, title_words

MOST_WORDS = 16
PART = 0.75  # of a word, when a compound shares a part with it
LEAST_COSINE = 0.45  # below, pieces are alike by chance
OWN = 0.6  # the weight of what the written title has in the other; the rest is the other way round
UNKNOWN = 0.8  # of the mean weight: a word of the other title that the written one does not have
# Words that say nothing of the matter. In a small collection their number would not show it.
EMPTY = frozenset(
    """
    ja tai on ei myös sekä että kun jos niin kuin joka jotka jossa johon ovat olisi saisi voisi
    pitää pitäisi se ne sen siitä siellä tämä tämän mikä mitä miksi koko kaikki kaikille lisää
    enemmän parempi paremmat uusi uudet pois kuntoon
    och att på för till med som en ett i av vid från de det den är inte om kan ska också mer flera
    bättre ny nya
    the a an and or of to in on at for with from is are be not more better new by
    """.split()  # noqa: SIM905 -- a list of words, which people read
)


@dataclass(frozen=True)
class Title:
    """A title's words that say something, each with its weight."""

    words: tuple[Word, ...]
    weights: tuple[float, ...]


@lru_cache(10_000)
def telling_words(title: str, language: str = "") -> tuple[Word, ...]:
    """The first 16 words of a title that say something; all of them when none does."""
    words = title_words(title, language)
    telling = [w for w in words if w.written not in EMPTY and len(w.written) > 1]
    return tuple((telling or words)[:MOST_WORDS])


def weight(titles: int, among: int) -> float:
    """How much a word tells that stands in so many titles among all of them: at least 1."""
    return max(1.0, math.log2(1 + (among + 1) / (titles + 1)))


def likeness(written: Title, other: Title) -> float:
    """From 0, nothing in common, to 1, the same words in any order and form."""
    if not written.words or not other.words:
        return 0.0
    table = [[_word_likeness(a, b) for b in other.words] for a in written.words]
    mine = _covered([max(row) for row in table], written.weights)
    theirs = _covered([max(column) for column in zip(*table, strict=True)], other.weights)
    return mine**OWN * theirs ** (1 - OWN)


def weighed(words: tuple[Word, ...], counts: Mapping[str, int], among: int) -> Title:
    """The title with each word's weight, by the number of titles that have its commonest form."""
    weights = tuple(
        weight(max((counts.get(form, 0) for form in word.whole), default=0), among)
        for word in words
    )
    return Title(words, weights)


def weighed_by(written: Title, words: tuple[Word, ...]) -> Title:
    """Another title, weighed by what is known of the written one's words."""
    known = {
        form: value
        for word, value in zip(written.words, written.weights, strict=True)
        for form in word.whole
    }
    usual = UNKNOWN * sum(written.weights) / len(written.weights)
    weights = (max((known.get(form, 0) for form in word.whole), default=0) for word in words)
    return Title(words, tuple(value or usual for value in weights))


def _covered(found: list[float], weights: tuple[float, ...]) -> float:
    total = sum(f * w for f, w in zip(found, weights, strict=True))
    return total / sum(weights)


@lru_cache(50_000)
def _word_likeness(one: Word, other: Word) -> float:
    if set(one.whole) & set(other.whole):
        return 1.0
    cosine = _cosine(_pieces(one.whole[-1]), _pieces(other.whole[-1]))
    found = cosine if cosine >= LEAST_COSINE else 0.0
    shares_part = {*one.whole, *one.parts} & {*other.whole, *other.parts}
    return max(found, PART) if shares_part else found


@lru_cache(20_000)
def _pieces(word: str) -> frozenset[str]:
    padded = f" {word} "
    return frozenset(padded[i : i + n] for n in (3, 4, 5) for i in range(len(padded) - n + 1))


def _cosine(one: frozenset[str], other: frozenset[str]) -> float:
    if not one or not other:
        return 0.0
    return len(one & other) / math.sqrt(len(one) * len(other))
