"""What an answer must say before it can be published. Pure.

Every text stands in every official language of the municipality. Partly and no action say what
would change the answer; a new project names what ends; a promise has a date in the future and an
open unit that owns it. Action says how one will know that it helped, with numbers and the way of
measuring, or why that cannot be measured; partly may say so. A decision is linked by a safe address
and by a case number that is not another matter's. What nobody demands is complete once it is begun.
Another language than the official ones may be added, and is then complete too.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import urlsplit

from app.answers.models import CASE_LIMIT, URL_LIMIT, Work
from app.core.language import LANGUAGES
from app.proposals.lifecycle import Outcome

SENTENCE_LIMIT = 200
TEXT_LIMIT = 8000
LINE_LIMIT = 200
LIMITS = {
    "sentence": SENTENCE_LIMIT,
    "indicator": LINE_LIMIT,
    "measure_unit": 60,
    "decision_url": URL_LIMIT,
    "decision_case_number": CASE_LIMIT,
}
EXPLAINED = (Outcome.PARTLY, Outcome.NO_ACTION)
DOING = (Outcome.ACTION, Outcome.PARTLY)
_NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,6})?")


@dataclass(frozen=True)
class PromiseDraft:
    """What is promised, by language, the last day on which it can be kept, and the unit that owns
    it; the unit that answers when it is None."""

    what: Mapping[str, str]
    due: date | None
    unit: str | None = None


@dataclass(frozen=True)
class ContractDraft:
    """How one will know that it helped; `baseline` and `target` are decimal numbers as text."""

    indicator: Mapping[str, str]
    measure_unit: Mapping[str, str]
    baseline: str
    target: str
    method: Mapping[str, str]


@dataclass(frozen=True)
class AnswerDraft:
    """An answer as it is meant to be published; texts are mappings by language.

    `cost_cents` is None when no cost is told. `outcome` and `work` may be None in a draft.
    `unit` carries it out, the one that answers when it is None. `unmeasured` says why the effect
    cannot be measured, in place of a contract. `origins` tells which languages a machine wrote.
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
    contract: ContractDraft | None = None
    unmeasured: Mapping[str, str] | None = None
    unit: str | None = None
    decision_url: str = ""
    decision_case_number: str = ""
    origins: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Rules:
    """What an answer is held against: languages, the day of publishing, the units that are open.

    `others_case` says that its case number is another matter's. A correction keeps the effect
    contract, so that it asks for none.
    """

    languages: Sequence[str]
    today: date
    units: Collection[str]
    others_case: bool = False
    is_correction: bool = False


@dataclass(frozen=True)
class Check:
    """One thing an answer must say: its field, its language or None, and what is wrong, if any.

    `promise` is the promise's place, from 1. Problems: "empty", "too_long", "not_chosen",
    "not_an_amount", "not_in_future", "not_a_number", "not_both", "not_open", "not_https",
    "other_matters_decision".
    """

    field: str
    language: str | None = None
    promise: int | None = None
    problem: str | None = None


def languages_of(draft: AnswerDraft, official: Sequence[str]) -> list[str]:
    """The languages in which the answer is to be published."""
    return [code for code in LANGUAGES if code in official or _text(draft.sentence, code)]


def checks(draft: AnswerDraft, rules: Rules) -> list[Check]:
    """Everything this answer must say, with what is wrong: texts, choices, promises."""
    languages = languages_of(draft, rules.languages)
    found = _texts_checks(_required(draft), languages)
    found += _choices(draft, rules)
    if not rules.is_correction:
        found += _contract_checks(draft, languages)
    found += _decision_checks(draft, rules)
    for place, promise in enumerate(draft.promises, 1):
        found += _promise_checks(promise, place, languages, rules)
    return found


def missing(draft: AnswerDraft, rules: Rules) -> list[Check]:
    """What keeps the answer from being published; empty when nothing does."""
    return [check for check in checks(draft, rules) if check.problem]


def texts_of(draft: AnswerDraft, official: Sequence[str]) -> dict[str, dict[str, str]]:
    """The texts of a complete draft by language, each with the parts that it has."""
    parts = {
        "sentence": draft.sentence,
        "reasons": draft.reasons,
        "next_step": draft.next_step,
        "would_change": draft.would_change,
        "ends": draft.ends,
        "budget_line": draft.budget_line,
        "unmeasured": draft.unmeasured if _outcome(draft) in DOING else None,
    }
    return {
        code: {part: _text(texts, code) for part, texts in parts.items() if _text(texts, code)}
        for code in languages_of(draft, official)
    }


def promises_of(draft: AnswerDraft, official: Sequence[str]) -> list[PromiseDraft]:
    """The promises of a complete draft, in its languages."""
    languages = languages_of(draft, official)
    return [
        PromiseDraft(_texts(promise.what, languages), promise.due, promise.unit)
        for promise in draft.promises
    ]


def contract_of(draft: AnswerDraft, official: Sequence[str]) -> ContractDraft | None:
    """The effect contract of a complete draft, in its languages; only what is done has one."""
    contract = draft.contract
    if contract is None or _outcome(draft) not in DOING or not is_begun_contract(contract):
        return None
    languages = languages_of(draft, official)
    return ContractDraft(
        indicator=_texts(contract.indicator, languages),
        measure_unit=_texts(contract.measure_unit, languages),
        baseline=contract.baseline,
        target=contract.target,
        method=_texts(contract.method, languages),
    )


def is_begun_contract(contract: ContractDraft | None) -> bool:
    """Whether anything has been written into an effect contract."""
    if contract is None:
        return False
    texts = (contract.indicator, contract.measure_unit, contract.method)
    return any(_is_begun(each) for each in texts) or bool(contract.baseline or contract.target)


Texts = tuple[str, Mapping[str, str] | None]


def _required(draft: AnswerDraft) -> Iterator[Texts]:
    yield "sentence", draft.sentence
    yield "reasons", draft.reasons
    if _outcome(draft) in EXPLAINED or _is_begun(draft.would_change):
        yield "would_change", draft.would_change
    yield "next_step", draft.next_step
    if _is_begun(draft.budget_line):
        yield "budget_line", draft.budget_line
    if _work(draft) == Work.NEW_PROJECT or _is_begun(draft.ends):
        yield "ends", draft.ends


def _choices(draft: AnswerDraft, rules: Rules) -> Iterator[Check]:
    yield Check("outcome", problem=None if _outcome(draft) else "not_chosen")
    if _outcome(draft) in DOING:
        yield Check("work", problem=None if _work(draft) else "not_chosen")
    if draft.unit is not None:
        yield Check("unit", problem=None if draft.unit in rules.units else "not_open")
    if draft.cost_cents is not None:
        yield Check("cost", problem="not_an_amount" if draft.cost_cents < 0 else None)


def _contract_checks(draft: AnswerDraft, languages: list[str]) -> list[Check]:
    """How one will know that it helped, or why that cannot be measured; never both."""
    outcome, contract = _outcome(draft), draft.contract
    has_contract, has_reason = is_begun_contract(contract), _is_begun(draft.unmeasured)
    if outcome not in DOING or (outcome == Outcome.PARTLY and not has_contract and not has_reason):
        return []
    if has_contract and has_reason:
        return [Check("unmeasured", code, None, "not_both") for code in languages[:1]]
    if has_reason:
        return _texts_checks([("unmeasured", draft.unmeasured)], languages)
    contract = contract or ContractDraft({}, {}, "", "", {})
    first: list[Texts] = [
        ("indicator", contract.indicator),
        ("measure_unit", contract.measure_unit),
    ]
    return [
        *_texts_checks(first, languages),
        Check("baseline", problem=_number_problem(contract.baseline)),
        Check("target", problem=_number_problem(contract.target)),
        *_texts_checks([("method", contract.method)], languages),
    ]


def _decision_checks(draft: AnswerDraft, rules: Rules) -> Iterator[Check]:
    if draft.decision_url:
        yield Check("decision_url", problem=_url_problem(draft.decision_url))
    if draft.decision_case_number:
        too_long = len(draft.decision_case_number) > CASE_LIMIT
        others = "other_matters_decision" if rules.others_case else None
        yield Check("decision_case_number", problem="too_long" if too_long else others)


def _promise_checks(
    promise: PromiseDraft, place: int, languages: list[str], rules: Rules
) -> list[Check]:
    found = [
        Check("promise_what", code, place, _problem(promise.what, code, TEXT_LIMIT))
        for code in languages
    ]
    found.append(Check("promise_due", None, place, _due_problem(promise.due, rules.today)))
    if promise.unit is not None and promise.unit not in rules.units:
        found.append(Check("promise_unit", None, place, "not_open"))
    return found


def _texts_checks(required: Iterable[Texts], languages: list[str]) -> list[Check]:
    return [
        Check(name, code, None, _problem(texts, code, LIMITS.get(name, TEXT_LIMIT)))
        for name, texts in required
        for code in languages
    ]


def _due_problem(due: date | None, today: date) -> str | None:
    if due is None:
        return "empty"
    return None if due > today else "not_in_future"


def _number_problem(number: str) -> str | None:
    if not number:
        return "empty"
    return None if _NUMBER.fullmatch(number) else "not_a_number"


def _url_problem(url: str) -> str | None:
    if len(url) > URL_LIMIT:
        return "too_long"
    try:
        parts = urlsplit(url)
    except ValueError:
        return "not_https"
    is_plain = url.isprintable() and " " not in url and url.startswith("https://")
    return None if is_plain and parts.hostname else "not_https"


def _problem(texts: Mapping[str, str] | None, language: str, limit: int) -> str | None:
    text = _text(texts, language)
    if not text:
        return "empty"
    return "too_long" if len(text) > limit else None


def _texts(texts: Mapping[str, str], languages: list[str]) -> dict[str, str]:
    return {code: _text(texts, code) for code in languages}


def _text(texts: Mapping[str, str] | None, language: str) -> str:
    return (texts or {}).get(language, "").strip()


def _is_begun(texts: Mapping[str, str] | None) -> bool:
    return any(text.strip() for text in (texts or {}).values())


def _outcome(draft: AnswerDraft) -> Outcome | None:
    return Outcome(draft.outcome) if draft.outcome else None


def _work(draft: AnswerDraft) -> Work | None:
    return Work(draft.work) if draft.work else None
