"""The one table of duties: when a clock starts, when it is due, whether it may stand still. Pure.

Code and pages read it. Days and months come from the municipality's block `clocks`; where a rule
comes from stands in that block's `sources`, under the name that `source` gives here, and is shown
with the clock. A due day that is no working day moves to the next one (Act 150/1930 section 5).
"""

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from app.city import workdays
from app.proposals.lifecycle import MatterKind

Settings = Mapping[str, Any]


class ClockKind(enum.StrEnum):
    """The duties that have a clock."""

    ACKNOWLEDGE = "acknowledge"
    ESTIMATE = "estimate"
    ANSWER = "answer"
    SIX_MONTHS = "six_months"
    DOCUMENT_REQUEST = "document_request"
    ACCESSIBILITY = "accessibility"
    PROMISE = "promise"
    FOLLOW_UP = "follow_up"
    COUNCIL_QUESTION = "council_question"


class Start(enum.StrEnum):
    """What starts a clock."""

    PENDING = "pending"  # the matter becomes pending
    MAKERS = "makers"  # two percent of the residents are makers; counts from pending
    MARK = "mark"  # the text or an official marks the matter; counts from pending
    PROMISE = "promise"  # a promise is made, for the day that it names
    IMPLEMENTED = "implemented"
    QUESTION = "question"  # a councillor asks the unit


# The last day of a clock by its reference, for a matter's kind and the local day of the start.
Due = Callable[[Settings, MatterKind, date], dict[str, date]]


@dataclass(frozen=True)
class Duty:
    """One line of the table. `due` is None where the day comes from the act itself (a promise).

    A statutory duty does not end when its matter is withdrawn, merged or transferred, and neither
    does one that `outlives` the handling: a councillor is answered anyway.
    """

    starts: Start
    due: Due | None
    source: str
    is_pausable: bool = False
    is_statutory: bool = False
    outlives: bool = False


def _in_days(setting: str) -> Due:
    def due(settings: Settings, _kind: MatterKind, day: date) -> dict[str, date]:
        return {"": workdays.next_workday(day + timedelta(days=settings[setting]))}

    return due


def _in_months(setting: str) -> Due:
    def due(settings: Settings, _kind: MatterKind, day: date) -> dict[str, date]:
        return {"": workdays.next_workday(workdays.add_months(day, settings[setting]))}

    return due


def _in_workdays(settings: Settings, _kind: MatterKind, day: date) -> dict[str, date]:
    return {"": workdays.add_workdays(day, settings["acknowledge_working_days"])}


def _by_kind(settings: Settings, kind: MatterKind, day: date) -> dict[str, date]:
    days = settings["answer_days"][kind.value]
    return {"": workdays.next_workday(day + timedelta(days=days))}


def _measurements(settings: Settings, _kind: MatterKind, day: date) -> dict[str, date]:
    return {
        str(months): workdays.next_workday(workdays.add_months(day, months))
        for months in settings["followup_months"]
    }


DUTIES: dict[ClockKind, Duty] = {
    ClockKind.ACKNOWLEDGE: Duty(Start.PENDING, _in_workdays, "acknowledge_working_days"),
    ClockKind.ESTIMATE: Duty(Start.PENDING, _in_months("estimate_months"), "estimate_months"),
    ClockKind.ANSWER: Duty(Start.PENDING, _by_kind, "answer_days", is_pausable=True),
    ClockKind.SIX_MONTHS: Duty(
        Start.MAKERS, _in_months("six_months_months"), "six_months_months", is_statutory=True
    ),
    ClockKind.DOCUMENT_REQUEST: Duty(
        Start.MARK, _in_days("document_request_days"), "document_request_days", is_statutory=True
    ),
    ClockKind.ACCESSIBILITY: Duty(
        Start.MARK, _in_days("accessibility_days"), "accessibility_days", is_statutory=True
    ),
    ClockKind.PROMISE: Duty(Start.PROMISE, None, "promise"),
    ClockKind.FOLLOW_UP: Duty(Start.IMPLEMENTED, _measurements, "followup_months"),
    ClockKind.COUNCIL_QUESTION: Duty(
        Start.QUESTION,
        _in_days("council_question_days"),
        "council_question_days",
        is_pausable=True,
        outlives=True,
    ),
}

LASTING = tuple(kind for kind, duty in DUTIES.items() if duty.is_statutory or duty.outlives)
PAUSABLE = tuple(kind for kind, duty in DUTIES.items() if duty.is_pausable)
MARKS = tuple(kind for kind, duty in DUTIES.items() if duty.starts == Start.MARK)
