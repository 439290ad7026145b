"""Cleaning of what people write, before any rule looks at it.

What goes: control characters, marks that turn the direction of text (U+202A-202E, U+2066-2069 and
their kin) and characters without width, with which a text can look like another one. Right-to-left
scripts need none of them, since every page shows each text with its own direction. What stays: the
joiners U+200C and U+200D between letters of scripts that are written with them and inside emoji.
"""

import unicodedata

from app.core.errors import Invalid

JOINERS = "\u200c\u200d"
BREAKS = "\x0b\x0c\x85\u2028\u2029"  # each of them ends a line, or nearly
# U+115F, U+1160, U+3164, U+FFA0: letters that look empty; U+2800: a pattern without dots
BLANK = "\u115f\u1160\u2800\u3164\uffa0"
SEEN_SIGNS = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u08e2"  # Arabic, Syriac
STAYING = f"\n\t\x00{SEEN_SIGNS}"
MOST_MARKS = 4  # on one letter; Vietnamese and Hebrew need three
FIRST_JOINED = 0x0590  # Hebrew; the scripts before it never need a joiner
LATIN_AGAIN = range(0x1E00, 0x2000)  # and neither do these Latin and Greek letters


def clean(text: str, limit: int, *, required: bool = True) -> str:
    """Trimmed, normalised (NFC) text with unix line ends and without invisible characters.

    Raises Invalid "null_byte", "too_long" (more than `limit` characters) or, when it is
    required, "empty", also for a text in which there is nothing to see.
    """
    if "\x00" in text:
        raise Invalid("null_byte")
    text = tidy(text)
    if len(text) > limit:
        raise Invalid("too_long", limit=limit)
    if required and not text:
        raise Invalid("empty")
    return text


def tidy(text: str) -> str:
    """The text as `clean` keeps it, without its refusals; a null byte stays for it to refuse."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = "".join("\n" if c in BREAKS else c for c in text)
    text = unicodedata.normalize("NFC", "".join(_kept(text))).strip()
    return text if "\x00" in text or any(_is_seen(c) for c in text) else ""


def _kept(text: str) -> list[str]:
    kept: list[str] = []
    marks = 0
    for place, char in enumerate(text):
        category = unicodedata.category(char)
        if category in ("Cc", "Cf", "Cs") and char not in STAYING:
            follows = text[place + 1 : place + 2]
            if char not in JOINERS or not kept or not (_joins(kept[-1]) and _joins(follows)):
                continue
        marks = marks + 1 if category == "Mn" else 0
        if marks <= MOST_MARKS:
            kept.append(char)
    return kept


def _joins(char: str) -> bool:
    """Whether a joiner beside this character can mean something."""
    if not char or ord(char) < FIRST_JOINED or ord(char) in LATIN_AGAIN:
        return False
    return unicodedata.category(char) in ("Lo", "Mn", "Mc", "So", "Sk")


def _is_seen(char: str) -> bool:
    return unicodedata.category(char)[0] in "LNPS" and char not in BLANK
