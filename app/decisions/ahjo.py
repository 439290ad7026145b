"""Reads the JSON of Helsinki's Ahjo: a case with its records, many cases, or records alone. Pure.

Only records of the type "päätös" that are public are decisions. A record alone has no case number
and no body's name: the first five digits of its meeting's number name the body, for the mapping in
the settings.
"""

import re
from collections.abc import Mapping
from typing import Any

from app.core.errors import Invalid
from app.decisions.case_keys import NUMBER_LIMIT
from app.decisions.reading import (
    ID_LIMIT,
    NAME_LIMIT,
    SECTION_LIMIT,
    TITLE_LIMIT,
    URL_LIMIT,
    BadItem,
    Hints,
    ReadDecision,
    Reading,
    ReadMeeting,
    case_number_of,
    day_of,
    language_of,
    read_each,
    text_of,
    web_address,
)

DECISIONS = ("päätös", "beslut")
PUBLIC = "julkinen"
TYPE_LIMIT = 100


def is_ahjo(value: Any) -> bool:
    """Whether a JSON value has one of Ahjo's shapes that this reader knows."""
    items = _items(value)
    return items is not None and all(
        isinstance(item, dict) and ("CaseIDLabel" in item or "NativeId" in item) for item in items
    )


def read_ahjo(value: Any, hints: Hints) -> Reading:
    """Every decision in a JSON value. Raises Invalid "unknown_shape", "too_many_items"."""
    items = _items(value)
    if items is None:
        raise Invalid("unknown_shape")
    reading = Reading()
    read_each(items, lambda item: _read(item, hints), reading)
    return reading


def _items(value: Any) -> list[Any] | None:
    if isinstance(value, dict):
        value = next((value[name] for name in ("cases", "decisions") if name in value), [value])
    return value if isinstance(value, list) and value else None


def _read(item: Any, hints: Hints) -> list[ReadDecision]:
    if not isinstance(item, dict) or not ("CaseIDLabel" in item or "NativeId" in item):
        raise BadItem("wrong_type")
    _require_public(item)
    if "CaseIDLabel" not in item:
        return [_decision(item, None, hints)] if _is_decision(item) else []
    number = case_number_of(text_of(item, "CaseIDLabel", NUMBER_LIMIT))
    records = item.get("Records") or []
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise BadItem("wrong_type")
    decisions = [record for record in records if _is_decision(record)]
    for record in decisions:
        _require_public(record)
    return [_decision(record, number, hints) for record in decisions]


def _is_decision(record: Mapping[str, Any]) -> bool:
    return text_of(record, "Type", TYPE_LIMIT).lower() in DECISIONS


def _require_public(item: Mapping[str, Any]) -> None:
    """A list of cases does not say how public they are, since it has only public ones."""
    if text_of(item, "PublicityClass", TYPE_LIMIT).lower() not in ("", PUBLIC):
        raise BadItem("not_public")


def _decision(record: Mapping[str, Any], number: str | None, hints: Hints) -> ReadDecision:
    external_id = text_of(record, "NativeId", ID_LIMIT).strip("{}")
    title = text_of(record, "Title", TITLE_LIMIT)
    if not external_id:
        raise BadItem("no_id")
    if not title and number is None:
        raise BadItem("no_title")
    met = day_of(text_of(record, "DateMeeting", TYPE_LIMIT))
    meeting_id = text_of(record, "MeetingID", ID_LIMIT)
    organization = record.get("Organization")
    name = text_of(organization, "Name", NAME_LIMIT) if isinstance(organization, dict) else ""
    body_ref = meeting_id[:5] if re.fullmatch(r"\d{5}(19|20)\d{2}\d{1,4}", meeting_id) else ""
    language = language_of(text_of(record, "Language", TYPE_LIMIT), hints)
    return ReadDecision(
        external_id=external_id,
        titles={language: title} if title else {},
        language=language,
        case_number=number,
        decided_on=met or day_of(text_of(record, "Issued", TYPE_LIMIT)),
        section=text_of(record, "Section", SECTION_LIMIT),
        url=web_address(text_of(record, "FileURI", URL_LIMIT)),
        body_name=name,
        body_ref=body_ref,
        meeting=ReadMeeting(meeting_id, met, name, body_ref) if met and meeting_id else None,
    )
