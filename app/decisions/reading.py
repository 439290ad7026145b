"""What the readers of decisions share: what they give, and the limits of what they take. Pure.

A reader raises Invalid for a file that cannot be read at all; a single bad item becomes a Problem
with its number (from 1), and the others are read.
"""

import html
import json
import re
import string
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import nh3

from app.core.errors import Invalid
from app.core.language import LANGUAGES
from app.decisions.case_keys import find_case_number, parse_case_number

BYTES_LIMIT = 5 * 1024 * 1024
ITEMS_LIMIT = 5000
TITLE_LIMIT = 500
NAME_LIMIT = 200
ID_LIMIT = 200
URL_LIMIT = 1000
SECTION_LIMIT = 20
YEARS = range(1900, 2101)

PROBLEMS = {
    "wrong_type": "a field has another type than the format says",
    "no_id": "it has no identifier",
    "no_title": "it has neither a title nor a case number",
    "too_long": "a field is too long",
    "bad_text": "a text has characters that cannot be stored",
    "bad_date": "a date cannot be read",
    "bad_case_number": "the case number cannot be understood",
    "not_public": "it is not marked as public",
    "same_id": "the file has another item with the same identifier",
}

T = TypeVar("T")


@dataclass(frozen=True)
class ReadMeeting:
    """A meeting as a file tells it: the body by name and by the source's own reference."""

    ref: str
    day: date
    body_name: str = ""
    body_ref: str = ""


@dataclass(frozen=True)
class ReadDecision:
    """A decision as a file tells it. `decided_on` is its day, or that of its meeting ahead."""

    external_id: str
    titles: Mapping[str, str]
    language: str
    case_number: str | None = None
    decided_on: date | None = None
    section: str = ""
    url: str | None = None
    body_name: str = ""
    body_ref: str = ""
    meeting: ReadMeeting | None = None


@dataclass(frozen=True)
class Problem:
    """A bad item: its number in the file from 1, and what is wrong (a key of PROBLEMS)."""

    number: int
    code: str


@dataclass
class Reading:
    """Everything that was found in a file, in its order."""

    decisions: list[ReadDecision] = field(default_factory=list)
    meetings: list[ReadMeeting] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True)
class Hints:
    """What a file does not say itself: its language, a name for it, the day of its meeting."""

    language: str = "fi"
    name: str = ""
    day: date | None = None


class BadItem(Exception):
    """One item cannot be used; `code` is a key of PROBLEMS."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read_each(items: Iterable[T], read: Callable[[T], list[ReadDecision]], into: Reading) -> None:
    """Read items one by one: good ones and bad ones go `into` the reading.

    Raises Invalid "too_many_items".
    """
    seen: set[str] = {decision.external_id for decision in into.decisions}
    for number, item in enumerate(items, 1):
        if number > ITEMS_LIMIT:
            raise Invalid("too_many_items", limit=ITEMS_LIMIT)
        try:
            found = read(item)
            if any(decision.external_id in seen for decision in found):
                raise BadItem("same_id")
        except BadItem as error:
            into.problems.append(Problem(number, error.code))
            continue
        seen.update(decision.external_id for decision in found)
        into.decisions.extend(found)


def decode(data: bytes) -> str:
    """The text of a file, by one rule whatever it or its server says of its encoding.

    Valid UTF-8 is UTF-8; anything else is ISO-8859-1 as browsers read it (Windows-1252), or
    ISO-8859-15 where that is declared. Raises Invalid "file_too_large" or "file_encoding" (UTF-16
    and others).
    """
    if len(data) > BYTES_LIMIT:
        raise Invalid("file_too_large", megabytes=BYTES_LIMIT // 1024 // 1024)
    declared = re.match(rb"\s*<\?xml[^>]{0,200}?encoding=[\"']([A-Za-z0-9._-]{1,40})[\"']", data)
    name = declared[1].decode("ascii").lower() if declared else ""
    if name not in _ENCODINGS or data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Invalid("file_encoding")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("iso-8859-15" if name == "iso-8859-15" else "cp1252")
    except UnicodeDecodeError:
        raise Invalid("file_encoding") from None


_ENCODINGS = ("", "utf-8", "us-ascii", "iso-8859-1", "latin1", "iso-8859-15", "windows-1252")


def parse_json(text: str) -> Any:
    """The value of a JSON text. Raises Invalid "not_json" or "file_too_deep"."""
    try:
        return json.loads(text)
    except RecursionError:
        raise Invalid("file_too_deep") from None
    except ValueError:
        raise Invalid("not_json") from None


def text_of(item: Mapping[str, Any], name: str, limit: int) -> str:
    """A text field, empty when it is missing or null. Raises BadItem."""
    value = item.get(name)
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if abs(value) < 10**12 else "x" * (limit + 1)
    if not isinstance(value, str):
        raise BadItem("wrong_type")
    return plain(value, limit)


def plain(value: str, limit: int) -> str:
    """Text without markup, entities, line breaks or control characters.

    Raises BadItem "too_long" or "bad_text".
    """
    if len(value) > 20 * limit:
        raise BadItem("too_long")
    stripped = html.unescape(nh3.clean(value, tags=set())) if re.search("[<&]", value) else value
    stripped = unicodedata.normalize("NFC", re.sub(r"\s+", " ", stripped)).strip()
    if any(unicodedata.category(sign) in ("Cc", "Cs") or sign in _TURNS for sign in stripped):
        raise BadItem("bad_text")
    if len(stripped) > limit:
        raise BadItem("too_long")
    return stripped


# Signs that turn the direction of writing can make a title read as something else.
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def web_address(value: str) -> str | None:
    """An http or https address without a password in it; None for anything else."""
    value = quote(value.strip(), safe=string.punctuation)
    if len(value) > URL_LIMIT:
        return None
    try:
        parts = urlsplit(value)
        has_host = bool(parts.hostname) and "@" not in parts.netloc and parts.port != 0
    except ValueError:
        return None
    return value if parts.scheme in ("http", "https") and has_host else None


def day_of(value: str) -> date | None:
    """The day of "2025-01-27T02:00:00.000" or "27.1.2025", None for an empty text.

    The hour that sources add to a day is an artefact of their time zone, so it is left out.
    Raises BadItem "bad_date".
    """
    if not value:
        return None
    iso = re.match(r"(\d{4})-(\d{2})-(\d{2})(?:[T ]|$)", value)
    finnish = re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", value)
    try:
        if iso:
            found = date(int(iso[1]), int(iso[2]), int(iso[3]))
        elif finnish:
            found = date(int(finnish[3]), int(finnish[2]), int(finnish[1]))
        else:
            raise BadItem("bad_date")
    except ValueError:
        raise BadItem("bad_date") from None
    if found.year not in YEARS:
        raise BadItem("bad_date")
    return found


def case_number_of(value: str) -> str | None:
    """A case number as published, None for an empty text; words after it are left out.

    Raises BadItem "bad_case_number".
    """
    if not value or parse_case_number(value) is not None:
        return value or None
    number = find_case_number(value)
    if number is None:
        raise BadItem("bad_case_number")
    return number


def language_of(value: str, hints: Hints) -> str:
    """The language a file names, else that of the hints."""
    code = value.strip().lower()[:2]
    return code if code in LANGUAGES else hints.language
