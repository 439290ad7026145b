"""What has been typed into the composer, field by field, read as an answer. Pure.

The composer keeps everything as it was typed, also what is no amount and no day; only reading it
here makes an answer of it. A saved draft that is published at a time is read by the same rules.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from app.answers.completeness import AnswerDraft, ContractDraft, PromiseDraft
from app.answers.models import Answer, Work
from app.proposals.lifecycle import Outcome

MOST_PROMISES = 4
TEXTS = ("sentence", "reasons", "would_change", "next_step", "ends", "budget_line", "unmeasured")
CONTRACT_TEXTS = ("indicator", "measure_unit", "method")
_AMOUNT = re.compile(r"\d{1,9}([.,]\d{1,2})?")

Fields = Mapping[str, str]


def as_draft(
    fields: Fields, languages: Sequence[str], origins: Mapping[str, str] | None = None
) -> AnswerDraft:
    """What was typed, as a draft of an answer."""
    outcome, work = fields.get("outcome", ""), fields.get("work", "")
    texts = {part: _texts(fields, part, languages) for part in (*TEXTS, *CONTRACT_TEXTS)}
    contract = ContractDraft(
        **{part: texts.pop(part) for part in CONTRACT_TEXTS},
        baseline=_number(fields.get("baseline", "")),
        target=_number(fields.get("target", "")),
    )
    return AnswerDraft(
        outcome=Outcome(outcome) if outcome in {o.value for o in Outcome} else None,
        work=Work(work) if work in {w.value for w in Work} else None,
        cost_cents=_cents(fields.get("cost", "")),
        promises=[_promise(fields, row, languages) for row in promise_rows(fields, languages)],
        contract=contract,
        unit=fields.get("unit") or None,
        decision_url=fields.get("decision_url", "").strip(),
        decision_case_number=fields.get("decision_case_number", "").strip(),
        origins=dict(origins or {}),
        **texts,
    )


def promise_rows(fields: Fields, languages: Sequence[str]) -> list[int]:
    """The numbers of the promises that something has been written into."""
    rows = range(1, MOST_PROMISES + 1)
    return [row for row in rows if any(_written(fields, row, languages))]


def as_fields(answer: Answer) -> dict[str, str]:
    """A published version as the composer's fields, without its promises."""
    texts = {
        f"{part}_{code}": text
        for code, parts in answer.texts.items()
        for part, text in parts.items()
    }
    cents = answer.cost_cents
    rest = {
        "outcome": answer.outcome.value,
        "work": answer.work.value,
        "cost": "" if cents is None else f"{cents // 100},{cents % 100:02}".removesuffix(",00"),
        "unit": answer.responsible_unit or "",
        "decision_url": answer.decision_url or "",
        "decision_case_number": answer.decision_case_number or "",
    }
    return {**texts, **_contract_fields(answer), **{k: v for k, v in rest.items() if v}}


def _contract_fields(answer: Answer) -> dict[str, str]:
    contract = answer.contract
    if contract is None:
        return {}
    texts = {
        f"{part}_{code}": text
        for part in CONTRACT_TEXTS
        for code, text in getattr(contract, part).items()
    }
    return {**texts, "baseline": contract.baseline, "target": contract.target}


def _promise(fields: Fields, row: int, languages: Sequence[str]) -> PromiseDraft:
    return PromiseDraft(
        what=_texts(fields, f"promise_{row}_what", languages),
        due=_day(fields.get(f"promise_{row}_due", "")),
        unit=fields.get(f"promise_{row}_unit") or None,
    )


def _written(fields: Fields, row: int, languages: Sequence[str]) -> list[str]:
    what = _texts(fields, f"promise_{row}_what", languages).values()
    return [*what, fields.get(f"promise_{row}_due", "").strip()]


def _texts(fields: Fields, part: str, languages: Sequence[str]) -> dict[str, str]:
    return {code: fields.get(f"{part}_{code}", "").strip() for code in languages}


def _number(text: str) -> str:
    """A decimal number with a point, whatever spaces and comma it was typed with."""
    return re.sub(r"\s", "", text).replace(",", ".").replace("\u2212", "-")


def _cents(amount: str) -> int | None:
    """Euros as cents: None for nothing, -1 for what is no amount."""
    text = re.sub(r"[\s€]", "", amount)
    if not text:
        return None
    if not _AMOUNT.fullmatch(text):
        return -1
    return int(Decimal(text.replace(",", ".")) * 100)


def _day(text: str) -> date | None:
    """A day as browsers send it (2027-05-29) or as people write it (29.5.2027)."""
    for pattern, order in (
        (r"(\d{4})-(\d{2})-(\d{2})", (1, 2, 3)),
        (r"(\d{1,2})\.(\d{1,2})\.(\d{4})", (3, 2, 1)),
    ):
        found = re.fullmatch(pattern, text.strip())
        if found:
            year, month, day = (int(found.group(place)) for place in order)
            return _date(year, month, day)
    return None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
