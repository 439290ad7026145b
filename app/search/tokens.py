"""From text to tokens: what is indexed, and what a query looks for.

A token is letters and decimal digits in lower case and NFC, so that both databases' own parsers
leave it whole; ä, ö and å stay apart from a and o. Chains of numbers such as case numbers and dates
are kept as one token too (see `_chain`).
"""

import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import snowballstemmer

from app.search.voikko import Analysis, open_voikko

LONGEST_TOKEN = 64  # characters; PostgreSQL refuses a word of more than 2046 bytes
MOST_TERMS = 16  # words of a query that are looked up; the rest is left out
SHORTEST_PREFIX = 4  # characters; shorter beginnings would find everything
CACHED_WORDS = 20_000
_STEMMERS = {"fi": "finnish", "sv": "swedish", "en": "english"}
_CHAIN = re.compile(r"\b\d+(?:[./]\d+)+\b")
_CASE_ENDING = re.compile(r"(?<=\w):[^\W\d_]{1,4}\b")  # EU:n, EU:s


@dataclass(frozen=True)
class Term:
    """One word of a query: any of the exact tokens, or a token that begins with the prefix."""

    exact: tuple[str, ...]
    prefix: str | None = None


@dataclass(frozen=True)
class Word:
    """A word of a title as it was written, the forms that mean all of it, and its parts' forms."""

    written: str
    whole: tuple[str, ...]
    parts: tuple[str, ...] = ()


class _Tools(threading.local):
    """Analyser and stemmers of one thread; neither can be shared."""

    def __init__(self) -> None:
        self.voikko = open_voikko()
        self.stemmers = {code: snowballstemmer.stemmer(name) for code, name in _STEMMERS.items()}


_tools = _Tools()


def has_voikko() -> bool:
    """Whether Finnish words get their true base forms here, not only stems."""
    return _tools.voikko is not None


def index_tokens(text: str, language: str) -> list[str]:
    """The distinct tokens of a text, in order of appearance.

    A text whose language is not "fi", "sv" or "en" gets the forms of all three.
    """
    languages = [language] if language in _STEMMERS else list(_STEMMERS)
    text = _normal(text)
    tokens = [tail for chain in _CHAIN.findall(text) for tail in _chain_tails(chain)]
    for word in _words(text):
        tokens.append(word)
        for code in languages:
            tokens += _indexed_forms(word, code)
    return _distinct(tokens)


def query_terms(text: str) -> list[Term]:
    """What a query looks for, a term for each of its first 16 words, in all three languages."""
    text = _CASE_ENDING.sub(" ", _normal(text))
    terms = [Term((), _cut(_chain(chain))) for chain in _CHAIN.findall(text)]
    terms += [_term(word) for word in _words(_CHAIN.sub(" ", text))]
    return list(dict.fromkeys(terms))[:MOST_TERMS]


def title_words(title: str, language: str = "") -> list[Word]:
    """The words of a title with their forms, as they are indexed; numbers are words too."""
    languages = (language,) if language in _STEMMERS else tuple(_STEMMERS)
    return [_word(written, languages) for written in _distinct(_words(_normal(title)))]


@lru_cache(CACHED_WORDS)
def _word(written: str, languages: tuple[str, ...]) -> Word:
    readings = _analyse(written) if "fi" in languages else ()
    bases = _searchable(reading.base for reading in readings)
    parts = _searchable(part for reading in readings for part in reading.parts)
    stemmed = [code for code in languages if code != "fi" or not readings]
    whole = _distinct([written, *bases, *(_stem(written, code) for code in stemmed)])
    return Word(written, tuple(whole), tuple(p for p in _distinct(parts) if p not in whole))


def query_words(text: str) -> list[str]:
    """The words of a query as they were written, but in lower case and without marks."""
    return list(_words(_CHAIN.sub(" ", _CASE_ENDING.sub(" ", _normal(text)))))[:MOST_TERMS]


def pieces(word: str) -> list[str]:
    """The distinct three-letter pieces of a word between spaces: " po", "pol", "olk", "lku"..."""
    padded = f" {word} "
    return _distinct(padded[i : i + 3] for i in range(len(padded) - 2))


def _term(word: str) -> Term:
    """A word that Voikko does not know is also taken as the beginning of a longer one."""
    bases = [reading.base for reading in _analyse(word)]
    finnish = bases or [_stem(word, "fi")]
    exact = _distinct([word, *_searchable(finnish), _stem(word, "sv"), _stem(word, "en")])
    stem = finnish[0]
    is_prefix = not bases and len(stem) >= SHORTEST_PREFIX and not stem.isdecimal()
    return Term(tuple(exact), stem if is_prefix else None)


def _indexed_forms(word: str, language: str) -> list[str]:
    readings = _analyse(word) if language == "fi" else ()
    if not readings:
        return [_stem(word, language)]
    return _searchable(form for reading in readings for form in (reading.base, *reading.parts))


def _searchable(forms: Iterable[str]) -> list[str]:
    """Forms from Voikko as tokens; the few with a hyphen or another mark are written together."""
    return [_cut(joined) for form in forms if (joined := "".join(_letters(form).split()))]


def _normal(text: str) -> str:
    """NFC without case, as FTS5 takes it too.

    Hyphens that only suggest a line break go away, and marks that NFC joins to no letter.
    """
    text = unicodedata.normalize("NFC", text.replace("\u00ad", ""))
    text = unicodedata.normalize("NFC", text.casefold())
    return "".join(c for c in text if not unicodedata.category(c).startswith("M"))


def _letters(text: str) -> str:
    """The text with a space for everything that is no letter or decimal digit."""
    return "".join(c if c.isalpha() or c.isdecimal() else " " for c in text)


def _words(text: str) -> Iterator[str]:
    return (_cut(word) for word in _letters(text).split())


def _chain(numbers: str) -> str:
    """1487/10.03.01/2026 as one token, 1487x10x03x01x2026x.

    The letter ends each number, so that the beginning 9.3 does not find 9.30.
    """
    return re.sub(r"\D|$", "x", numbers)


def _chain_tails(numbers: str) -> list[str]:
    """The token of a chain from each of its numbers on: any stretch of it begins one of them."""
    starts = [match.start() for match in re.finditer(r"\d+", numbers)]
    return [_cut(_chain(numbers[start:])) for start in starts]


def _cut(token: str) -> str:
    return token[:LONGEST_TOKEN]


def _distinct(tokens: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(tokens))


@lru_cache(CACHED_WORDS)
def _analyse(word: str) -> tuple[Analysis, ...]:
    return tuple(_tools.voikko.analyse(word)) if _tools.voikko else ()


@lru_cache(CACHED_WORDS)
def _stem(word: str, language: str) -> str:
    return str(_tools.stemmers[language].stemWord(word)) or word
