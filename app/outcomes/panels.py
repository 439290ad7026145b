"""Panels of results: for everybody on the page of a matter, for officials where they handle it."""

from collections.abc import Sequence
from typing import Any

from app.core.access import Actor
from app.core.panels import Panel
from app.outcomes import policies, queries
from app.outcomes.forms import EvidenceForm, ReopenForm, UnderstandingForm, VerdictForm
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
        can_judge = policies.can_judge(actor, matter)
        if can_judge or progress.scores or matter.state in DONE:
            found[matter.id] = _progress(matter, progress, can_judge)
    return found


def _progress(matter: Matter, progress: queries.Progress, can_judge: bool) -> dict[str, Any]:
    is_asked = can_judge and matter.state == State.IMPLEMENTED
    score = str(progress.own_score or "")
    verdict = {
        "verdict": progress.own_verdict.value if progress.own_verdict else "",
        "words": progress.own_words,
    }
    return {
        "matter": matter,
        "progress": progress,
        "is_done": matter.state in DONE,
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
    work = {
        "can_start": is_handler and state == State.ANSWERED and accepted,
        "evidence": make(EvidenceForm) if is_handler and state == State.IMPLEMENTING else None,
        "can_evaluate": is_handler and state == State.IMPLEMENTED,
        "reopen": make(ReopenForm)
        if can_reopen and state in (State.IMPLEMENTED, State.CLOSED)
        else None,
    }
    if not any(work.values()) and state != State.EVALUATED:
        return None
    is_judged = state in (State.IMPLEMENTED, State.EVALUATED)
    return {
        **work,
        "matter": matter,
        "counts": queries.count_verdicts([matter.id])[matter.id] if is_judged else None,
        "words": queries.list_words(matter.id) if is_judged else [],
    }


PROGRESS = Panel("matter", "main", "outcomes/progress_panel.html", _load_progress)
WORK = Panel("handle", "main", "outcomes/work_panel.html", _load_work, private=True)
