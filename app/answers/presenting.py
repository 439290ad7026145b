"""How an answer is shown, for templates."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from app.answers.models import Answer, EffectContract, Origin, Work
from app.city import get_city
from app.core import language, markup, words
from app.promises.models import Promise
from app.promises.presenting import PromiseView, promise_view
from app.proposals.lifecycle import Outcome
from app.responses.presenting import LANGUAGE_LABELS, shown_language


@dataclass(frozen=True)
class ContractView:
    """How one will know that it helped, in one language."""

    indicator: str
    baseline: str
    target: str
    method: str
    months: str


@dataclass(frozen=True)
class AnswerView:
    """A version of an answer in one language; `texts` has its parts. `mark` tells a reader of
    another language which one it is; `others` are code and name of its other languages.
    `is_machine` says that a machine wrote this language and nobody has checked it. `answered_by`
    is the name of the unit that answered, when another one (`unit_name`) carries it out."""

    outcome: Outcome
    language: str
    mark: str | None
    others: tuple[tuple[str, str], ...]
    texts: Mapping[str, str]
    reasons: Markup
    cost: str | None
    work: Work | None
    unit_name: str
    version: int
    published_at: datetime
    correction: str | None
    promises: tuple[PromiseView, ...]
    is_machine: bool
    answered_by: str | None
    decision_url: str | None
    decision_case_number: str | None
    contract: ContractView | None


def answer_view(
    answer: Answer,
    original: str,
    promises: list[tuple[Promise, dict[str, str]]],
    correction: Mapping[str, str] | None = None,
) -> AnswerView:
    """A version of an answer in the reader's language, else in the original one."""
    code = shown_language(answer.texts, original)
    does = answer.outcome in (Outcome.ACTION, Outcome.PARTLY)
    return AnswerView(
        outcome=answer.outcome,
        language=code,
        mark=None if code == language.current() else str(LANGUAGE_LABELS[code]),
        others=tuple((other, language.NAMES[other]) for other in answer.texts if other != code),
        texts=answer.texts[code],
        reasons=markup.render(answer.texts[code].get("reasons", "")),
        cost=_cost(answer.cost_cents, answer.texts[code].get("budget_line")),
        work=answer.work if does else None,
        unit_name=get_city().holder_name(answer.responsible_unit or answer.unit, None),
        version=answer.version,
        published_at=answer.published_at,
        correction=(correction or {}).get(code) or language.pick(correction or {}) or None,
        promises=tuple(promise_view(promise, note, code) for promise, note in promises),
        is_machine=answer.origins.get(code) == Origin.MACHINE,
        answered_by=get_city().holder_name(answer.unit, None) if answer.responsible_unit else None,
        decision_url=answer.decision_url,
        decision_case_number=answer.decision_case_number,
        contract=_contract(answer.contract, code) if answer.contract else None,
    )


def _contract(contract: EffectContract, code: str) -> ContractView:
    unit = contract.measure_unit.get(code, "")
    return ContractView(
        indicator=contract.indicator.get(code, ""),
        baseline=f"{_figure(contract.baseline)} {unit}".strip(),
        target=f"{_figure(contract.target)} {unit}".strip(),
        method=contract.method.get(code, ""),
        months=_months(contract.measure_months),
    )


def _figure(number: str) -> str:
    """A decimal number as people write it, with all its decimals."""
    whole, _point, decimals = number.partition(".")
    if not whole.removeprefix("-").isdecimal():
        return number  # a preview shows what was typed
    sign = "-" if whole.startswith("-") else ""
    grouped = sign + words.number(abs(int(whole)))
    return f"{grouped},{decimals}" if decimals else grouped


def _months(months: list[int]) -> str:
    """When it is measured: after 6 and 12 months."""
    *first, last = [str(number) for number in months]
    if not first:
        return ngettext(
            "%(num)s month after it is done", "%(num)s months after it is done", months[0]
        )
    return _("%(first)s and %(last)s months after it is done", first=", ".join(first), last=last)


def _cost(cents: int | None, budget_line: str | None) -> str | None:
    if cents is None:
        return budget_line
    return f"{words.money(cents)}, {budget_line}" if budget_line else words.money(cents)
