"""Reads RSS 2.0 as Dynasty gives it. Pure.

An item is "Tekninen lautakunta 22.4.2026 / Title" with a link whose `id` is "<meeting>-<item>";
the feed of meetings has "Tekninen lautakunta 22.4.2026" alone. Dynasty's own feed has no field for
a case number: one that stands in the title or the description is found there.

A document type is refused, and with it every entity: no bomb, no reading of other files.
"""

import re
from datetime import date
from email.utils import parsedate_to_datetime
from xml.parsers import expat

from app.core import clock
from app.core.errors import Invalid
from app.decisions.case_keys import find_case_number
from app.decisions.reading import (
    ID_LIMIT,
    ITEMS_LIMIT,
    NAME_LIMIT,
    TITLE_LIMIT,
    BadItem,
    Hints,
    ReadDecision,
    Reading,
    ReadMeeting,
    day_of,
    decode,
    plain,
    read_each,
    web_address,
)

DEPTH_LIMIT = 20
FIELD_LIMIT = 20_000
FIELDS = ("title", "link", "description", "guid", "pubDate")

_HEADED = re.compile(r"(?P<body>.{2,200}?),? (?P<day>\d{1,2}\.\d{1,2}\.\d{4})(?: / (?P<title>.+))?")
_SECTION = re.compile(r"§ ?(\d{1,5})(?: ?[.:–-])? |(\d{1,5}) § ")
_LINK_ID = re.compile(r"[?&]id=([\w-]{1,60})(?:&|$)")

Item = dict[str, str]


def read_rss(data: bytes, hints: Hints) -> Reading:
    """Everything in a feed.

    Raises Invalid "file_too_large", "file_encoding", "not_rss", "has_doctype", "file_too_deep",
    "too_many_items".
    """
    reading = Reading()
    items = _items(decode(data))
    read_each(items, lambda item: _read(item, hints, reading), reading)
    return reading


class _Collector:
    """Collects the fields of items; anything else in the feed is passed over."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.path: list[str] = []

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        if not self.path and name != "rss":
            raise Invalid("not_rss")
        self.path.append(name)
        if len(self.path) > DEPTH_LIMIT:
            raise Invalid("file_too_deep")
        if self.path == ["rss", "channel", "item"]:
            if len(self.items) == ITEMS_LIMIT:
                raise Invalid("too_many_items", limit=ITEMS_LIMIT)
            self.items.append({})

    def end(self, _name: str) -> None:
        self.path.pop()

    def text(self, data: str) -> None:
        if len(self.path) == 4 and self.path[2] == "item" and self.path[3] in FIELDS:
            item, name = self.items[-1], self.path[3]
            # one sign more than is allowed, so that the item is reported as too long
            item[name] = (item.get(name, "") + data)[: FIELD_LIMIT + 1]


def _refuse_doctype(*_declared: object) -> None:
    raise Invalid("has_doctype")


def _items(text: str) -> list[Item]:
    collector, parser = _Collector(), expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = collector.start
    parser.EndElementHandler = collector.end
    parser.CharacterDataHandler = collector.text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.EntityDeclHandler = _refuse_doctype
    try:
        parser.Parse(text, True)
    except expat.ExpatError:
        raise Invalid("not_rss") from None
    return collector.items


def _read(item: Item, hints: Hints, reading: Reading) -> list[ReadDecision]:
    if any(len(value) > FIELD_LIMIT for value in item.values()):
        raise BadItem("too_long")
    title = plain(item.get("title", ""), TITLE_LIMIT + NAME_LIMIT)
    url = web_address(item.get("link", ""))
    number = _id(item, url)
    headed = _HEADED.fullmatch(title)
    if headed is None:
        return [_decision(item, hints, title, number, url, None)]
    day = day_of(headed["day"])
    assert day is not None  # the pattern has one
    is_part = "-" in number and headed["title"]
    ref = number.rpartition("-")[0] if is_part else number
    meeting = ReadMeeting(ref, day, body_name=headed["body"].strip(" ,"))
    if headed["title"] is None:
        reading.meetings.append(meeting)
        return []
    return [_decision(item, hints, headed["title"], number, url, meeting)]


def _id(item: Item, url: str | None) -> str:
    """What names the item: the id in its link, else its guid, else the link itself."""
    match = _LINK_ID.search(url or "")
    number = match[1] if match else plain(item.get("guid", ""), ID_LIMIT) or url or ""
    if not number or len(number) > ID_LIMIT:
        raise BadItem("no_id")
    return number


def _decision(
    item: Item, hints: Hints, title: str, number: str, url: str | None, meeting: ReadMeeting | None
) -> ReadDecision:
    section = _SECTION.match(title)
    if section:
        title = title[section.end() :].strip()
    if not title:
        raise BadItem("no_title")
    if len(title) > TITLE_LIMIT:
        raise BadItem("too_long")
    described = plain(item.get("description", ""), FIELD_LIMIT)
    return ReadDecision(
        external_id=number,
        titles={hints.language: title},
        language=hints.language,
        case_number=find_case_number(f"{title} {described}"),
        decided_on=meeting.day if meeting else _published(item),
        section=(section[1] or section[2]) if section else "",
        url=url,
        body_name=meeting.body_name if meeting else "",
        meeting=meeting,
    )


def _published(item: Item) -> date | None:
    value = item.get("pubDate", "").strip()
    if not value:
        return None
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        raise BadItem("bad_date") from None
    return day_of((clock.local_date(moment) if moment.tzinfo else moment.date()).isoformat())
