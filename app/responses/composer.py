"""The composer's page: what is typed, what is missing, how residents will see it."""

from typing import Any

from app.city import get_city
from app.core import clock, markup
from app.core.access import Actor
from app.core.errors import Invalid, sentence
from app.proposals.lifecycle import Outcome
from app.proposals.models import Matter
from app.proposals.notes import list_notes
from app.proposals.services import current_text
from app.responses import answer_items, completeness, desk, presenting, queries, services
from app.responses.completeness import Check, PromiseDraft
from app.responses.forms import MOST_PROMISES, AnswerForm, CorrectionForm, languages, make_answer
from app.responses.models import Answer, Promise, PromiseState, Work
from app.responses.presenting import AnswerView


def saved_form(matter: Matter) -> AnswerForm:
    """The form filled with the saved draft."""
    draft = queries.get_draft(matter.id)
    if draft is None:
        return make_answer(work="core")
    return make_answer(AnswerForm, **draft.fields, seen=str(draft.version))


def save(actor: Actor, matter: Matter, form: AnswerForm) -> None:
    """Keep what was typed; the form knows the new version. Raises what the command raises."""
    seen = form.seen.data or ""
    version = int(seen) if seen.isdecimal() else 0
    draft = services.save_answer_draft(actor, matter, form.fields(), version)
    form.seen.data = str(draft.version)


def attach(matter: Matter, form: AnswerForm, error: Invalid) -> None:
    """Show a refusal at the fields that it is about, or on top of the form."""
    if error.code == "draft_changed":
        draft = queries.get_draft(matter.id)
        form.seen.data = str(draft.version if draft else 0)
    for problem in error.facts.get("missing", ()):
        check = Check(**problem)
        field = form.field_of(check)
        field.errors = [*field.errors, answer_items.problem_text(check)]
    if "missing" not in error.facts:
        form.form_errors.append(sentence(error))


def shown(actor: Actor, matter: Matter, form: AnswerForm) -> dict[str, Any]:
    """Everything on the composer's page beside the form itself."""
    draft = form.as_draft()
    found = completeness.checks(draft, get_city().official_languages, clock.today())
    missing = sum(check.problem is not None for check in found)
    return {
        **desk.get_side(actor, matter),
        "text": markup.render(current_text(matter).body),
        "languages": languages(),
        "promise_rows": range(1, MOST_PROMISES + 1),
        "begun_rows": form.promise_rows(),
        "in_language": presenting.IN_LANGUAGE,
        "todo": answer_items.todo_items([(check, _id(form, check)) for check in found]),
        "todo_title": answer_items.missing_title(missing),
        "previews": [_preview(matter, form, code) for code in languages()],
        "is_correction": isinstance(form, CorrectionForm),
        "saved": None if isinstance(form, CorrectionForm) else queries.get_draft(matter.id),
    }


def fields_of(answer: Answer) -> dict[str, str]:
    """A published version as the form's fields, for correcting it."""
    fields = {
        f"{part}_{code}": text
        for code, parts in answer.texts.items()
        for part, text in parts.items()
    }
    cents = answer.cost_cents
    cost = "" if cents is None else f"{cents // 100},{cents % 100:02}".removesuffix(",00")
    return {**fields, "outcome": answer.outcome.value, "work": answer.work.value, "cost": cost}


def list_version_views(matter: Matter) -> list[AnswerView]:
    """All versions of a matter's answer, the newest first, without their promises."""
    notes = list_notes([matter.id])
    return [
        presenting.answer_view(
            answer,
            matter.language,
            [],
            notes[answer.correction].texts if answer.correction in notes else None,
        )
        for answer in queries.list_versions(matter.id)
    ]


def _id(form: AnswerForm, check: Check) -> str:
    field = form.field_of(check)
    return f"{field.id}-0" if check.field in ("outcome", "work") else str(field.id)


def _preview(matter: Matter, form: AnswerForm, code: str) -> AnswerView | None:
    """The answer as residents will see it, None until it has an outcome."""
    draft = form.as_draft()
    if not draft.outcome:
        return None
    texts = completeness.texts_of(draft, (code,))
    answer = Answer(
        outcome=Outcome(draft.outcome),
        texts={code: texts[code]},
        cost_cents=draft.cost_cents if (draft.cost_cents or 0) >= 0 else None,
        work=Work(draft.work or Work.CORE),
        unit=matter.holder_unit,
        version=1,
        published_at=clock.now(),
    )
    promises = [_promised(answer, promise, code) for promise in draft.promises if promise.due]
    return presenting.answer_view(answer, code, [(promise, {}) for promise in promises])


def _promised(answer: Answer, draft: PromiseDraft, code: str) -> Promise:
    return Promise(
        what={code: draft.what.get(code, "")},
        unit=answer.unit,
        first_due=draft.due,
        due=draft.due,
        state=PromiseState.OPEN,
    )
