"""Reads Espoo's JSON of meetings: the actions of one meeting, or the contents of one action. Pure.

An action has its number, section and title, and may have its contents inside. Contents are pieces
of text of which only "Dno" (case number) and "functionId" are read: who prepared it and the text
itself stay at the source. Neither tells the day of the meeting nor the body, so that the settings
or the command line must.
"""

from collections.abc import Mapping
from typing import Any

from app.core.errors import Invalid
from app.decisions.case_keys import NUMBER_LIMIT, with_function
from app.decisions.reading import (
    ID_LIMIT,
    SECTION_LIMIT,
    TITLE_LIMIT,
    BadItem,
    Hints,
    ReadDecision,
    Reading,
    ReadMeeting,
    case_number_of,
    read_each,
    text_of,
)

ACTION = {"sourceId", "articleNumber", "title"}
PIECE = {"order", "title", "content"}


def is_espoo(value: Any) -> bool:
    """Whether a JSON value is a list of actions or of pieces of contents."""
    return _has(value, ACTION) or _has(value, PIECE)


def read_espoo(value: Any, hints: Hints) -> Reading:
    """Every decision in a JSON value. Raises Invalid "unknown_shape", "too_many_items"."""
    reading = Reading()
    if _has(value, PIECE):
        read_each([value], lambda pieces: _contents(pieces, hints), reading)
    elif isinstance(value, list) and value:
        read_each(value, lambda action: _action(action, hints), reading)
    else:
        raise Invalid("unknown_shape")
    return reading


def _has(value: Any, names: set[str]) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(item, dict) and names <= item.keys() for item in value)
    )


def _action(action: Any, hints: Hints) -> list[ReadDecision]:
    if not isinstance(action, dict) or not action.keys() >= ACTION:
        raise BadItem("wrong_type")
    external_id = text_of(action, "sourceId", ID_LIMIT)
    title = text_of(action, "title", TITLE_LIMIT)
    if not external_id:
        raise BadItem("no_id")
    if not title:
        raise BadItem("no_title")
    event = text_of(action, "eventId", ID_LIMIT)
    pieces = action.get("contents") or []
    if pieces and not _has(pieces, PIECE):
        raise BadItem("wrong_type")
    decision = ReadDecision(
        external_id=external_id,
        titles={hints.language: title},
        language=hints.language,
        case_number=_case_number(pieces),
        decided_on=hints.day,
        section=text_of(action, "articleNumber", SECTION_LIMIT),
        meeting=ReadMeeting(event, hints.day) if event and hints.day else None,
    )
    return [decision]


def _contents(pieces: list[Mapping[str, Any]], hints: Hints) -> list[ReadDecision]:
    number = _case_number(pieces)
    if number is None:
        raise BadItem("no_title")
    if not hints.name:
        raise BadItem("no_id")
    decision = ReadDecision(
        external_id=hints.name,
        titles={},
        language=hints.language,
        case_number=number,
        decided_on=hints.day,
    )
    return [decision]


def _case_number(pieces: list[Mapping[str, Any]]) -> str | None:
    # only these two are looked at: the others are long and hold names
    wanted = {p["title"]: p for p in pieces if p["title"] in ("Dno", "functionId")}
    number = text_of(wanted.get("Dno", {}), "content", NUMBER_LIMIT)
    function = text_of(wanted.get("functionId", {}), "content", NUMBER_LIMIT)
    return case_number_of(with_function(number, function))
