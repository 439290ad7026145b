"""Forms of handling and answering. What the public reads is asked in every official language."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, TypeVar

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    Field,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired

from app.city import get_city
from app.city.models import UnitKind
from app.core.labels import label
from app.proposals.lifecycle import Outcome
from app.responses.answer_items import ITEMS
from app.responses.completeness import AnswerDraft, Check, PromiseDraft
from app.responses.models import Work
from app.responses.presenting import LANGUAGE_LABELS

MOST_PROMISES = 4
TEXTS = ("sentence", "reasons", "would_change", "next_step", "ends", "budget_line")
ROWS = {"sentence": 3, "reasons": 8, "would_change": 2, "next_step": 2}  # the others: one line
_IN_EVERY = _l("Write this as well: it is needed in every official language.")
_A_DAY = _l("Choose a day.")
_AMOUNT = re.compile(r"\d{1,9}([.,]\d{1,2})?")

F = TypeVar("F", bound="HandlingForm")


class HandlingForm(FlaskForm):
    """A form with parts that are written in every official language."""

    parts: ClassVar[Mapping[str, Any]] = {}

    def texts(self, part: str) -> dict[str, str]:
        """What was written in one part, by language."""
        return {code: self.language_field(part, code).data or "" for code in languages()}

    def language_field(self, part: str, code: str) -> Field:
        """The field of one part in one language."""
        return self[f"{part}_{code}"]

    def plain_fields(self) -> list[Field]:
        """The fields that are in no language."""
        written = {self.language_field(part, code) for part in self.parts for code in languages()}
        return [field for field in self if field not in written and field.type != "CSRFTokenField"]


def languages() -> tuple[str, ...]:
    """The languages in which the city must speak."""
    return get_city().official_languages


def make(form: type[F], prefix: str = "", **values: Any) -> F:
    """A form with its fields for the city's official languages; `values` fill it at first."""
    fields = {
        f"{part}_{code}": TextAreaField(
            LANGUAGE_LABELS[code], validators=[DataRequired(_IN_EVERY)], render_kw={"rows": 3}
        )
        for part in form.parts
        for code in languages()
    }
    made: type[F] = type(form.__name__, (form,), fields)
    return made(prefix=prefix, data=values)


class RegisterForm(FlaskForm):
    """The registry: unit and case number."""

    unit = SelectField(_l("Unit that answers"), validate_choice=False)
    case_number = StringField(_l("Case number"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unit.choices = _units()


class PlainForm(HandlingForm):
    """An act that asks nothing."""


class AssignForm(HandlingForm):
    """Who works on the matter."""

    person = SelectField(_l("Official"), validate_choice=False)


class HandOverForm(HandlingForm):
    """To which unit, and why."""

    parts = {"reason": _l("Public reason")}
    unit = SelectField(_l("Unit that takes the matter"), validate_choice=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unit.choices = _units()


class EstimateForm(HandlingForm):
    """Until when the answer is expected, and whom to contact."""

    until = DateField(_l("The answer is expected by"), validators=[DataRequired(_A_DAY)])
    contact = StringField(
        _l("Contact"),
        description=_l("A service address or a phone number. Everybody can see it."),
        validators=[DataRequired(_l("Write whom one can contact."))],
    )


class AskForm(HandlingForm):
    """What the author is asked."""

    parts = {"text": _l("Question to the author")}


class BodyForm(HandlingForm):
    """Which body, and when it meets."""

    body = SelectField(_l("Body"), validate_choice=False)
    meeting = DateField(_l("Day of the meeting"), validators=[DataRequired(_A_DAY)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.body.choices = [SelectChoice(b.key, b.name) for b in get_city().bodies.values()]


class ExtendForm(HandlingForm):
    """The new last day for the answer, and why."""

    parts = {"reason": _l("Public reason")}
    until = DateField(_l("New last day for the answer"), validators=[DataRequired(_A_DAY)])


class TransferForm(HandlingForm):
    """To which authority, and why."""

    parts = {"reason": _l("Public reason")}
    authority = SelectField(_l("Authority"), validate_choice=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = get_city().authorities.values()
        self.authority.choices = [SelectChoice(a.key, a.name) for a in known]


class ReasonForm(HandlingForm):
    """Why."""

    parts = {"reason": _l("Public reason")}


class KeepForm(HandlingForm):
    """How one can see that a promise is kept."""

    parts = {"evidence": _l("How one can see that it is done")}


class MoveForm(HandlingForm):
    """The later day of a promise, and why."""

    parts = {"reason": _l("Public reason")}
    due = DateField(_l("New day"), validators=[DataRequired(_A_DAY)])


class ReplyForm(FlaskForm):
    """The author's reply."""

    text = TextAreaField(
        _l("Your reply"),
        description=_l("Everybody can read it. Do not write personal data."),
        validators=[DataRequired(_l("Write your reply first."))],
        render_kw={"rows": 5},
    )


class AnswerForm(HandlingForm):
    """The official answer. Everything typed is kept as it is; `as_draft` reads it."""

    seen = HiddenField(default="0")
    outcome = RadioField(ITEMS["outcome"], validate_choice=False)
    work = RadioField(ITEMS["work"], validate_choice=False)
    cost = StringField(ITEMS["cost"])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.outcome.choices = [SelectChoice(o.value, label(o)) for o in Outcome]
        self.work.choices = [SelectChoice(w.value, label(w)) for w in Work]

    def fields(self) -> dict[str, str]:
        """Everything typed, by the name of its field."""
        kept = {f.short_name: f.data or "" for f in self if f.type != "CSRFTokenField"}
        return {name: text for name, text in kept.items() if name != "seen" and text}

    def promise_rows(self) -> list[int]:
        """The numbers of the promises that something has been written into."""
        return [row for row in range(1, MOST_PROMISES + 1) if self._is_begun(row)]

    def as_draft(self) -> AnswerDraft:
        """What was typed, as a draft of an answer."""
        outcome, work = self.outcome.data or "", self.work.data or ""
        return AnswerDraft(
            outcome=Outcome(outcome) if outcome in {o.value for o in Outcome} else None,
            work=Work(work) if work in {w.value for w in Work} else None,
            cost_cents=_cents(self.cost.data or ""),
            promises=[
                PromiseDraft(self.texts(f"promise_{row}_what"), self.due_of(row))
                for row in self.promise_rows()
            ],
            **{part: self.texts(part) for part in TEXTS},
        )

    def due_of(self, row: int) -> date | None:
        """The day of a promise, None when there is none or it cannot be read."""
        return _day(self[f"promise_{row}_due"].data or "")

    def field_of(self, check: Check) -> Field:
        """The field that a check is about."""
        if check.promise is not None:
            row = self.promise_rows()[check.promise - 1]
            name = f"promise_{row}_{check.field.removeprefix('promise_')}"
            return self[f"{name}_{check.language}" if check.language else name]
        return self[f"{check.field}_{check.language}" if check.language else check.field]

    def _is_begun(self, row: int) -> bool:
        written = [*self.texts(f"promise_{row}_what").values(), self[f"promise_{row}_due"].data]
        return any((text or "").strip() for text in written)


class CorrectionForm(AnswerForm):
    """A new version of a published answer, and why."""

    parts = {"reason": _l("Why the answer is corrected")}


def make_answer(form: type[AnswerForm] = AnswerForm, **values: Any) -> AnswerForm:
    """The composer's form for the city's official languages."""
    fields: dict[str, Field] = {}
    for code in languages():
        for part in TEXTS:
            fields[f"{part}_{code}"] = _text_field(code, ROWS.get(part))
        for row in range(1, MOST_PROMISES + 1):
            fields[f"promise_{row}_what_{code}"] = _text_field(code, None)
    for row in range(1, MOST_PROMISES + 1):
        fields[f"promise_{row}_due"] = StringField(_l("By which day"))
    return make(type(form.__name__, (form,), fields), **values)


def _units() -> list[SelectChoice]:
    """The city's units by name, sectors left out."""
    units = [unit for unit in get_city().units.values() if unit.kind != UnitKind.SECTOR]
    units.sort(key=lambda unit: unit.name.casefold())
    return [SelectChoice(unit.key, unit.name) for unit in units]


def _text_field(code: str, rows: int | None) -> Field:
    """A field in one language, of one line or of several."""
    if rows is None:
        return StringField(LANGUAGE_LABELS[code])
    return TextAreaField(LANGUAGE_LABELS[code], render_kw={"rows": rows})


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
