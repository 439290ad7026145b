"""The composer's page: what is typed, what is missing, how residents will see it."""

from dataclasses import replace
from typing import Any

from flask import render_template
from markupsafe import Markup

from app.accounts import queries as accounts
from app.answers import (
    answer_items,
    completeness,
    policies,
    presenting,
    queries,
    schedule,
    services,
    translation,
    typed,
)
from app.answers.completeness import AnswerDraft, Check, PromiseDraft, Rules
from app.answers.forms import AnswerForm, CorrectionForm, make_answer
from app.answers.models import Answer, EffectContract, Origin, SavedDraft, Work
from app.answers.presenting import AnswerView
from app.answers.typed import MOST_PROMISES
from app.city import get_city
from app.core import clock, language, markup
from app.core.access import Actor
from app.core.errors import DomainError, Invalid, sentence
from app.promises.models import Promise, PromiseState
from app.proposals.lifecycle import Outcome
from app.proposals.models import Matter
from app.proposals.notes import list_notes
from app.proposals.services import current_text
from app.responses import acting, desk
from app.responses.forms import languages


def saved_form(matter: Matter, fields: dict[str, str] | None = None) -> AnswerForm:
    """The form filled with the saved draft; while that is empty, with other fields if given."""
    draft = queries.get_draft(matter.id)
    if draft is None:
        return make_answer(AnswerForm, **{"work": "core", **(fields or {})})
    if not draft.fields and fields:
        return make_answer(AnswerForm, **fields, seen=str(draft.version))
    return make_answer(AnswerForm, **draft.fields, seen=str(draft.version))


def correction_form(answer: Answer) -> AnswerForm:
    """The form of a correction, filled with the version that it mends."""
    return make_answer(CorrectionForm, **typed.as_fields(answer), seen=str(answer.version))


def corrected_draft(form: AnswerForm, answer: Answer) -> AnswerDraft:
    """What was typed into a correction; what a machine wrote stays so until it is checked."""
    return replace(form.as_draft(), origins=form.origins(answer.origins))


def built_on(answer_id: int) -> dict[str, str]:
    """The fields of an earlier answer to build on: not its decision, and not its promises.

    Raises NotFound unless everybody may see it.
    """
    fields = typed.as_fields(queries.get_visible_answer(answer_id))
    return {name: text for name, text in fields.items() if not name.startswith("decision_")}


def save(actor: Actor, matter: Matter, form: AnswerForm) -> SavedDraft:
    """Keep what was typed; the form knows the new version. Raises what the command raises."""
    before = queries.get_draft(matter.id)
    origins = form.origins(before.origins if before else {})
    draft = services.save_answer_draft(actor, matter, form.fields(), seen(form), origins)
    form.seen.data = str(draft.version)
    return draft


def publish(actor: Actor, matter: Matter, form: AnswerForm) -> None:
    """Save what was typed and publish it. Raises what the commands raise."""
    draft = save(actor, matter, form)
    answer = typed.as_draft(draft.fields, languages(), draft.origins)
    services.publish_answer(actor, matter, answer)


def publish_later(actor: Actor, matter: Matter, form: AnswerForm) -> SavedDraft:
    """Save what was typed and have it published at the chosen time."""
    draft = save(actor, matter, form)
    at = schedule.moment_of(form.publish_day.data or "", form.publish_time.data or "")
    return services.schedule_answer(actor, matter, draft.version, at)


def translate(actor: Actor, matter: Matter, form: AnswerForm, source: str, target: str) -> int:
    """Save what was typed, then fill the empty fields of a language; how many have been filled.

    The translator is asked between two commands: nothing is locked while it works.
    """
    draft = save(actor, matter, form)
    translator = translation.get_translator()
    try:
        filled = translation.translate_empty(translator, draft.fields, source, target)
    except translation.TranslationFailed:
        raise Invalid("translation_failed") from None
    if filled:
        origins = {**draft.origins, target: Origin.MACHINE.value}
        fields = {**draft.fields, **filled}
        services.save_answer_draft(actor, matter, fields, draft.version, origins)
    return len(filled)


def seen(form: AnswerForm) -> int:
    """The version that was on the page which was sent."""
    number = form.seen.data or ""
    return int(number) if number.isdecimal() else 0


def attach(matter: Matter, form: AnswerForm, error: DomainError) -> None:
    """Show a refusal at the fields that it is about, or on top of the form."""
    if error.code == "draft_changed":
        draft = queries.get_draft(matter.id)
        form.seen.data = str(draft.version if draft else 0)
    if error.code == "answer_changed":
        answer = queries.get_answer(matter.id)
        form.seen.data = str(answer.version if answer else 0)
    for problem in error.facts.get("missing", ()):
        check = Check(**problem)
        field = form.field_of(check)
        field.errors = [*field.errors, answer_items.problem_text(check)]
    if "missing" not in error.facts:
        form.form_errors.append(sentence(error))


def shown(actor: Actor, matter: Matter, form: AnswerForm) -> dict[str, Any]:
    """Everything on the composer's page beside the form itself."""
    is_correction = isinstance(form, CorrectionForm)
    saved = None if is_correction else queries.get_draft(matter.id)
    answer = queries.get_answer(matter.id)
    origins = answer.origins if is_correction and answer else saved.origins if saved else {}
    is_overtaken = matter.state not in services.DRAFTING and not is_correction
    return {
        **desk.get_side(actor, matter),
        "text": markup.render(current_text(matter).body),
        "languages": languages(),
        "promise_rows": range(1, MOST_PROMISES + 1),
        "begun_rows": form.promise_rows(),
        "in_language": answer_items.IN_LANGUAGE,
        **_todo(matter, form),
        "is_correction": is_correction,
        "saved": saved,
        "machine": [code for code in languages() if origins.get(code) == Origin.MACHINE],
        "second_eyes": None if is_correction else second_eyes(actor, matter, saved),
        "can_translate": translation.is_installed() and not is_correction,
        "overtaken": acting.what_happened(matter) if is_overtaken else None,
        "problem": answer_items.schedule_problem(saved.problem) if saved else None,
        "published": answer,
        "outcome": matter.outcome,
    }


def previewed(actor: Actor, matter: Matter, draft: SavedDraft) -> dict[str, Any]:
    """The page on which the saved draft is read as residents will see it."""
    form = saved_form(matter)
    return {
        **_todo(matter, form),
        "draft": draft,
        "previews": [(code, _preview(matter, draft, code)) for code in languages()],
        "in_language": answer_items.IN_LANGUAGE,
        "second_eyes": second_eyes(actor, matter, draft),
    }


def second_eyes(actor: Actor, matter: Matter, draft: SavedDraft | None) -> dict[str, Any] | None:
    """How the second pair of eyes stands, for the unit; None where none is needed or given."""
    is_approved = draft is not None and draft.is_approved
    if not is_approved and not policies.needs_second_eyes(matter):
        return None
    names = accounts.list_names([draft.approved_by, draft.saved_by] if draft else [])
    return {
        "is_approved": is_approved,
        "approver": names.get(draft.approved_by or 0) if draft else None,
        "writer": names.get(draft.saved_by) if draft else None,
        "can_approve": draft is not None
        and not is_approved
        and policies.can_approve(actor, matter, draft),
    }


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


def _todo(matter: Matter, form: AnswerForm) -> dict[str, Any]:
    """What the answer must say, and how much of it is missing."""
    draft, is_correction = form.as_draft(), isinstance(form, CorrectionForm)
    rules: Rules = queries.get_rules(matter, draft, clock.today(), is_correction)
    found = completeness.checks(draft, rules)
    missing = sum(check.problem is not None for check in found)
    return {
        "todo": answer_items.todo_items([(check, _id(form, check)) for check in found]),
        "todo_title": answer_items.missing_title(missing),
    }


def _id(form: AnswerForm, check: Check) -> str:
    field = form.field_of(check)
    return f"{field.id}-0" if check.field in ("outcome", "work") else str(field.id)


def _preview(matter: Matter, saved: SavedDraft, code: str) -> Markup | None:
    """The answer as residents will see it in one language, None until it has an outcome."""
    draft = typed.as_draft(saved.fields, languages(), saved.origins)
    if not draft.outcome:
        return None
    texts = completeness.texts_of(draft, (code,))
    contract = completeness.contract_of(draft, (code,))
    answer = Answer(
        outcome=Outcome(draft.outcome),
        texts={code: {"sentence": "…", **texts[code]}},
        cost_cents=draft.cost_cents if (draft.cost_cents or 0) >= 0 else None,
        work=Work(draft.work or Work.CORE),
        unit=matter.holder_unit,
        responsible_unit=draft.unit if draft.unit in get_city().units else None,
        decision_url=draft.decision_url or None,
        decision_case_number=draft.decision_case_number or None,
        origins=dict(draft.origins),
        version=1,
        published_at=saved.publish_at or clock.now(),
        contract=EffectContract(**vars(contract), measure_months=queries.measure_months())
        if contract
        else None,
    )
    promises = [_promised(answer, promise, code) for promise in draft.promises if promise.due]
    with language.speaking(code):
        view = presenting.answer_view(answer, code, [(promise, {}) for promise in promises])
        return Markup(render_template("answers/answer_box.html", answer=view))  # noqa: S704


def _promised(answer: Answer, draft: PromiseDraft, code: str) -> Promise:
    unit = draft.unit if draft.unit in get_city().units else None
    return Promise(
        what={code: draft.what.get(code, "")},
        unit=unit or answer.unit,
        first_due=draft.due,
        due=draft.due,
        state=PromiseState.OPEN,
    )
