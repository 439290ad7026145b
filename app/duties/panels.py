"""Where a matter's deadlines come from, and what it asks by law, where officials handle it."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _

from app.city import get_city
from app.core.access import Actor
from app.core.panels import Panel
from app.duties import forms, policies, queries, schedule
from app.duties.rules import Clock, ClockKind
from app.duties.table import MARKS
from app.proposals.lifecycle import UNANSWERED
from app.proposals.models import Matter
from app.proposals.words import clock_name


def _load_law(matters: Sequence[Matter], actor: Actor) -> dict[int, Any]:
    clocks = queries.list_clocks(matter.id for matter in matters)
    return {matter.id: _law(matter, clocks[matter.id], actor) for matter in matters}


def _law(matter: Matter, clocks: list[Clock], actor: Actor) -> dict[str, Any]:
    can_mark = policies.can_mark(actor, matter)
    is_open = {clock.kind for clock in clocks if clock.is_open}
    is_request = can_mark and ClockKind.DOCUMENT_REQUEST in is_open
    kinds = dict.fromkeys(clock.kind for clock in clocks)
    return {
        "matter": matter,
        "sources": [(clock_name(kind), schedule.source_of(get_city(), kind)) for kind in kinds],
        "marks": [
            (mark.value, mark in is_open, _button(mark, mark in is_open))
            for mark in MARKS
            if can_mark and (mark in is_open or matter.state in UNANSWERED)
        ],
        "given": forms.make(forms.GivenForm, "given-") if is_request else None,
        "longer": forms.make(forms.LongerForm, "longer-") if is_request else None,
    }


def _button(mark: ClockKind, is_open: bool) -> str:
    if mark == ClockKind.DOCUMENT_REQUEST:
        return _("This is no document request") if is_open else _("This is a document request")
    if is_open:
        return _("This is not about digital accessibility")
    return _("This is about digital accessibility")


LAW = Panel("handle", "aside", "duties/law_panel.html", _load_law, private=True)
