"""Panels of results: for everybody on the page of a matter, for officials where they handle it."""

from collections.abc import Sequence
from typing import Any

from app.city import get_city
from app.core import clock
from app.core.access import Actor
from app.core.panels import Panel
from app.duties.queries import list_clocks
from app.duties.rules import ClockKind
from app.outcomes import policies, queries, thresholds
from app.outcomes.forms import (
    EvidenceForm,
    MeasureForm,
    ReopenForm,
    UnderstandingForm,
    VerdictForm,
)
from app.proposals.lifecycle import Outcome, State
from app.proposals.models import Matter
from app.responses.forms import make

DONE = (State.IMPLEMENTING, State.IMPLEMENTED, State.EVALUATED)
FEWEST_SHOWN = 10  # a mean of fewer people's scores would say something of single ones


def _load_progress(matters: Sequence[Matter], actor: Actor) -> dict[int, Any]:
    found = {}
    for matter in matters:
        if matter.answered_at is None:
            continue
        progress = queries.get_progress(actor, matter)
        can_judge = policies.can_judge(actor, matter, progress.involved)
        if can_judge or progress.scores or matter.state in DONE:
            found[matter.id] = _progress(matter, progress, can_judge)
    return found


def _progress(matter: Matter, progress: queries.Progress, can_judge: bool) -> dict[str, Any]:
    is_asked = can_judge and matter.state == State.IMPLEMENTED
    is_measured = matter.state in (State.IMPLEMENTED, State.EVALUATED)
    score = str(progress.own_score or "")
    verdict = {
        "verdict": progress.own_verdict.value if progress.own_verdict else "",
        "words": progress.own_words,
    }
    return {
        "matter": matter,
        "progress": progress,
        "is_done": matter.state in DONE,
        "measurements": queries.list_measurements(matter.id) if is_measured else [],
        "shows_score": progress.scores >= FEWEST_SHOWN,
        "understanding": UnderstandingForm(None, data={"score": score}) if can_judge else None,
        "verdict": VerdictForm(None, data=verdict) if is_asked else None,
    }


def _load_work(matters: Sequence[Matter], actor: Actor) -> dict[int, Any]:
    return {matter.id: work for matter in matters if (work := _work(matter, actor))}


def _work(matter: Matter, actor: Actor) -> dict[str, Any] | None:
    """What an official can report now; None when there is nothing."""
    is_handler = policies.can_report(actor, matter)
    state = matter.state
    accepted = matter.outcome in (Outcome.ACTION, Outcome.PARTLY)
    can_reopen = policies.can_reopen(actor, matter)
    is_judged = state in (State.IMPLEMENTED, State.EVALUATED)
    counts = queries.count_verdicts([matter.id])[matter.id] if is_judged else None
    limits = get_city().settings["reopen"]
    is_asked = is_handler and state == State.IMPLEMENTED and counts is not None
    is_ripe = counts is not None and thresholds.is_ripe(limits, matter, counts)
    work = {
        "can_start": is_handler and state == State.ANSWERED and accepted,
        "evidence": make(EvidenceForm) if is_handler and state == State.IMPLEMENTING else None,
        "can_evaluate": is_asked and is_ripe,
        "asks_until": limits if is_asked and not is_ripe else None,
        "reopen": make(ReopenForm)
        if can_reopen and matter.outcome and state in (State.IMPLEMENTED, State.CLOSED)
        else None,
    }
    if not any(work.values()) and state != State.EVALUATED:
        return None
    return {
        **work,
        "matter": matter,
        "counts": counts,
        "words": queries.list_words(matter.id) if is_judged else [],
    }


def _load_measuring(matters: Sequence[Matter], actor: Actor) -> dict[int, Any]:
    """The measurements that an official can publish now, each with its form."""
    done = [m for m in matters if m.state in (State.IMPLEMENTED, State.EVALUATED)]
    handled = [matter for matter in done if policies.can_report(actor, matter)]
    clocks = list_clocks(matter.id for matter in handled) if handled else {}
    return {
        matter.id: {"matter": matter, "forms": forms}
        for matter in handled
        if (
            forms := [
                (due.ref, make(MeasureForm, f"after-{due.ref}-"))
                for due in clocks[matter.id]
                if due.kind == ClockKind.FOLLOW_UP
                and due.is_open
                and clock.today() >= queries.first_day_of(due)
            ]
        )
    }


MEASURING = Panel("handle", "main", "outcomes/measure_panel.html", _load_measuring, private=True)
PROGRESS = Panel("matter", "main", "outcomes/progress_panel.html", _load_progress)
WORK = Panel("handle", "actions", "outcomes/work_panel.html", _load_work, private=True)
