"""Forms of the composer: an answer and its correction."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice

from app.answers import typed
from app.answers.answer_items import ITEMS
from app.answers.completeness import AnswerDraft, Check
from app.answers.models import Origin, Work
from app.answers.typed import CONTRACT_TEXTS, MOST_PROMISES, TEXTS
from app.city import get_city
from app.core.labels import label
from app.proposals.lifecycle import Outcome
from app.responses.forms import HandlingForm, languages, make
from app.responses.presenting import LANGUAGE_LABELS

ROWS = {"sentence": 3, "reasons": 8, "would_change": 2, "next_step": 2, "method": 2}
ROWS |= {"unmeasured": 2}  # the others: one line
NOT_TYPED = ("seen", "publish_day", "publish_time")  # of the page, not of the answer
THE_ANSWERING = _l("The unit that answers")


class AnswerForm(HandlingForm):
    """The official answer. Everything typed is kept as it is; `as_draft` reads it."""

    seen = HiddenField(default="0")
    outcome = RadioField(ITEMS["outcome"], validate_choice=False)
    work = RadioField(ITEMS["work"], validate_choice=False)
    cost = StringField(ITEMS["cost"])
    unit = SelectField(ITEMS["unit"], validate_choice=False)
    decision_url = StringField(ITEMS["decision_url"])
    decision_case_number = StringField(ITEMS["decision_case_number"])
    baseline = StringField(ITEMS["baseline"])
    target = StringField(ITEMS["target"])
    publish_day = StringField(_l("Day of publishing"))
    publish_time = StringField(_l("Time of publishing"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.outcome.choices = [SelectChoice(o.value, label(o)) for o in Outcome]
        self.work.choices = [SelectChoice(w.value, label(w)) for w in Work]
        units = _unit_choices()
        for field in self:
            if field.type == "SelectField":
                field.choices = units

    def fields(self) -> dict[str, str]:
        """Everything typed into the answer, by the name of its field."""
        kept = {f.short_name: f.data or "" for f in self if self._is_typed(f)}
        return {name: text for name, text in kept.items() if text}

    def checked(self) -> list[str]:
        """The languages whose machine translation the official says to have checked."""
        return [code for code in languages() if self[f"checked_{code}"].data]

    def origins(self, before: dict[str, str]) -> dict[str, str]:
        """Which languages a machine has written and nobody has checked yet."""
        checked = self.checked()
        return {code: Origin(o).value for code, o in before.items() if code not in checked}

    def promise_rows(self) -> list[int]:
        """The numbers of the promises that something has been written into."""
        return typed.promise_rows(self.fields(), languages())

    def as_draft(self) -> AnswerDraft:
        """What was typed, as a draft of an answer."""
        return typed.as_draft(self.fields(), languages())

    def field_of(self, check: Check) -> Field:
        """The field that a check is about."""
        if check.promise is not None:
            row = self.promise_rows()[check.promise - 1]
            name = f"promise_{row}_{check.field.removeprefix('promise_')}"
            return self[f"{name}_{check.language}" if check.language else name]
        return self[f"{check.field}_{check.language}" if check.language else check.field]

    def _is_typed(self, field: Field) -> bool:
        is_of_page = field.short_name in NOT_TYPED or field.type == "BooleanField"
        return not is_of_page and field.type != "CSRFTokenField"


class CorrectionForm(AnswerForm):
    """A new version of a published answer, and why."""

    parts = {"reason": _l("Why the answer is corrected")}


def make_answer(form: type[AnswerForm] = AnswerForm, **values: Any) -> AnswerForm:
    """The composer's form for the city's official languages."""
    fields: dict[str, Field] = {}
    for code in languages():
        fields[f"checked_{code}"] = BooleanField(_l("I have checked this translation"))
        for part in (*TEXTS, *CONTRACT_TEXTS):
            fields[f"{part}_{code}"] = _text_field(code, ROWS.get(part))
        for row in range(1, MOST_PROMISES + 1):
            fields[f"promise_{row}_what_{code}"] = _text_field(code, None)
    for row in range(1, MOST_PROMISES + 1):
        fields[f"promise_{row}_due"] = StringField(_l("By which day"))
        fields[f"promise_{row}_unit"] = SelectField(_l("Who keeps it"), validate_choice=False)
    return make(type(form.__name__, (form,), fields), **values)


def _unit_choices() -> list[SelectChoice]:
    units = get_city().receiving_units()
    return [SelectChoice("", THE_ANSWERING), *(SelectChoice(u.key, u.name) for u in units)]


def _text_field(code: str, rows: int | None) -> Field:
    """A field in one language, of one line or of several."""
    if rows is None:
        return StringField(LANGUAGE_LABELS[code])
    return TextAreaField(LANGUAGE_LABELS[code], render_kw={"rows": rows})
