"""What an answer must say before it can be published. Pure.

Every text stands in every official language of the municipality. Partly and no action say what
would change the answer; a new project names what ends; a promise has a date in the future.
Another language than the official ones may be added, and is then complete too.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.core.language import LANGUAGES
from app.proposals.lifecycle import Outcome
from app.responses.models import Work

SENTENCE_LIMIT = 200
TEXT_LIMIT = 8000
LIMITS = {"sentence": SENTENCE_LIMIT}
ALWAYS = ("sentence", "reasons", "next_step")
EXPLAINED = (Outcome.PARTLY, Outcome.NO_ACTION)


@dataclass(frozen=True)
class PromiseDraft:
    """What is promised, by language, and the last day on which it can be kept."""

    what: Mapping[str, str]
    due: date | None


@dataclass(frozen=True)
class AnswerDraft:
    """An answer as it is meant to be published; texts are mappings by language.

    `cost_cents` is None when no cost is told. `outcome` and `work` may be None in a draft.
    """

    outcome: Outcome | str | None
    sentence: Mapping[str, str]
    reasons: Mapping[str, str]
    would_change: Mapping[str, str] | None
    next_step: Mapping[str, str]
    cost_cents: int | None = None
    budget_line: Mapping[str, str] | None = None
    work: Work | str | None = Work.CORE
    ends: Mapping[str, str] | None = None
    promises: Sequence[PromiseDraft] = ()


@dataclass(frozen=True)
class Check:
    """One thing an answer must say: its field, its language or None, and what is wrong, if any.

    `promise` is the promise's place, from 1. Problems: "empty", "too_long", "not_chosen",
    "not_an_amount", "not_in_future".
    """

    field: str
    language: str | None = None
    promise: int | None = None
    problem: str | None = None


def languages_of(draft: AnswerDraft, official: Sequence[str]) -> list[str]:
    """The languages in which the answer is to be published."""
    return [code for code in LANGUAGES if code in official or _text(draft.sentence, code)]


def checks(draft: AnswerDraft, official: Sequence[str], today: date) -> list[Check]:
    """Everything this answer must say, with what is wrong: texts, choices, promises."""
    languages = languages_of(draft, official)
    found = []
    for field, texts in _required(draft):
        limit = LIMITS.get(field, TEXT_LIMIT)
        found += [Check(field, code, None, _problem(texts, code, limit)) for code in languages]
    found += _choices(draft)
    for place, promise in enumerate(draft.promises, 1):
        found += _promise_checks(promise, place, languages, today)
    return found


def missing(draft: AnswerDraft, official: Sequence[str], today: date) -> list[Check]:
    """What keeps the answer from being published; empty when nothing does."""
    return [check for check in checks(draft, official, today) if check.problem]


def texts_of(draft: AnswerDraft, official: Sequence[str]) -> dict[str, dict[str, str]]:
    """The texts of a complete draft by language, each with the parts that it has."""
    parts = {
        "sentence": draft.sentence,
        "reasons": draft.reasons,
        "next_step": draft.next_step,
        "would_change": draft.would_change,
        "ends": draft.ends,
        "budget_line": draft.budget_line,
    }
    return {
        code: {part: _text(texts, code) for part, texts in parts.items() if _text(texts, code)}
        for code in languages_of(draft, official)
    }


def _required(draft: AnswerDraft) -> Iterator[tuple[str, Mapping[str, str] | None]]:
    yield "sentence", draft.sentence
    yield "reasons", draft.reasons
    if _outcome(draft) in EXPLAINED or _is_begun(draft.would_change):
        yield "would_change", draft.would_change
    yield "next_step", draft.next_step
    if _is_begun(draft.budget_line):
        yield "budget_line", draft.budget_line
    if _work(draft) == Work.NEW_PROJECT or _is_begun(draft.ends):
        yield "ends", draft.ends


def _choices(draft: AnswerDraft) -> Iterator[Check]:
    yield Check("outcome", problem=None if _outcome(draft) else "not_chosen")
    if _outcome(draft) in (Outcome.ACTION, Outcome.PARTLY):
        yield Check("work", problem=None if _work(draft) else "not_chosen")
    if draft.cost_cents is not None:
        yield Check("cost", problem="not_an_amount" if draft.cost_cents < 0 else None)


def _promise_checks(
    promise: PromiseDraft, place: int, languages: list[str], today: date
) -> list[Check]:
    found = [
        Check("promise_what", code, place, _problem(promise.what, code, TEXT_LIMIT))
        for code in languages
    ]
    return [*found, Check("promise_due", None, place, _due_problem(promise.due, today))]


def _due_problem(due: date | None, today: date) -> str | None:
    if due is None:
        return "empty"
    return None if due > today else "not_in_future"


def _problem(texts: Mapping[str, str] | None, language: str, limit: int) -> str | None:
    text = _text(texts, language)
    if not text:
        return "empty"
    return "too_long" if len(text) > limit else None


def _text(texts: Mapping[str, str] | None, language: str) -> str:
    return (texts or {}).get(language, "").strip()


def _is_begun(texts: Mapping[str, str] | None) -> bool:
    return any(text.strip() for text in (texts or {}).values())


def _outcome(draft: AnswerDraft) -> Outcome | None:
    return Outcome(draft.outcome) if draft.outcome else None


def _work(draft: AnswerDraft) -> Work | None:
    return Work(draft.work) if draft.work else None
