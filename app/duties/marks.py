"""What a matter's text asks that has a deadline of its own in the law. Pure.

A document request (Act on Openness 621/1999) and feedback about digital accessibility (Act
306/2019) are known by a small list of word stems in the languages of the interface, looked for at
the beginnings of words in the title and text. Each line of the list is enough; a line of several
stems needs all of them. The list is short on purpose: a mark by mistake promises what nobody asked,
and an official can mark what the list does not know, and take away what it marked wrongly.
"""

import re
import unicodedata
from collections.abc import Iterable

from app.duties.table import ClockKind
from app.proposals.lifecycle import MatterKind

STEMS: dict[ClockKind, tuple[tuple[str, ...], ...]] = {
    ClockKind.DOCUMENT_REQUEST: (
        ("asiakirjapyyn",),
        ("tietopyyn",),
        ("pyydän", "asiakirj"),
        ("pyydän", "pöytäkirj"),
        ("handlingsbegär",),
        ("begär", "handlingar"),
        ("begäran om", "handling"),
        ("begär", "protokoll"),
        ("document request",),
        ("request", "documents"),
        ("freedom of information",),
    ),
    ClockKind.ACCESSIBILITY: (
        ("saavutettavuuspalau",),
        ("ruudunluk",),
        ("saavutettav", "verkkosiv"),
        ("saavutettav", "verkkopalvel"),
        ("saavutettav", "sovellu"),
        ("tillgänglighetsrespons",),
        ("skärmläs",),
        ("tillgänglig", "webb"),
        ("tillgänglig", "app"),
        ("screen reader",),
        ("accessib", "website"),
        ("accessib", "app"),
    ),
}


def marks_of(kind: MatterKind, texts: Iterable[str]) -> list[ClockKind]:
    """The marks that a matter's title and text call for; only feedback is about accessibility."""
    text = unicodedata.normalize("NFC", " ".join(texts)).lower()
    return [
        mark
        for mark, lines in STEMS.items()
        if (mark != ClockKind.ACCESSIBILITY or kind == MatterKind.FEEDBACK)
        and any(all(_begins(stem, text) for stem in line) for line in lines)
    ]


def _begins(stem: str, text: str) -> bool:
    """Whether a word of the text begins with the stem."""
    return re.search(rf"\b{re.escape(stem)}", text) is not None
