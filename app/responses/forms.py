"""Forms of handling. What the public reads is asked in every official language."""

from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, Field, HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired

from app.city import get_city
from app.responses.answer_templates import TEXTS
from app.responses.presenting import LANGUAGE_LABELS

IN_EVERY = _l("Write this as well: it is needed in every official language.")
A_DAY = _l("Choose a day.")

F = TypeVar("F", bound="HandlingForm")


class HandlingForm(FlaskForm):
    """A form with parts that are written in every official language."""

    parts: ClassVar[Mapping[str, Any]] = {}
    optional_parts: ClassVar[tuple[str, ...]] = ()

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

    def written(self) -> list[tuple[str, str]]:
        """What was typed, each with the name of its field, to be shown when the form is not."""
        titles = {
            f.name: title
            for part, title in self.parts.items()
            for f in (self.language_field(part, code) for code in languages())
        }
        return [
            (f"{titles[f.name]}, {f.label.text}" if f.name in titles else f.label.text, f.data)
            for f in self
            if isinstance(f, StringField) and not isinstance(f, HiddenField) and f.data
        ]


def languages() -> tuple[str, ...]:
    """The languages in which the city must speak."""
    return get_city().official_languages


def make(form: type[F], prefix: str = "", **values: Any) -> F:
    """A form with its fields for the city's official languages; `values` fill it at first."""
    fields = {
        f"{part}_{code}": TextAreaField(
            LANGUAGE_LABELS[code],
            validators=[] if part in form.optional_parts else [DataRequired(IN_EVERY)],
            render_kw={"rows": 3},
        )
        for part in form.parts
        for code in languages()
    }
    made: type[F] = type(form.__name__, (form,), fields)
    return made(prefix=prefix, data=values)


class PlainForm(HandlingForm):
    """An act that asks nothing."""


class AssignForm(HandlingForm):
    """Who works on the matter, and who did when the page was opened (0 for nobody)."""

    person = SelectField(_l("Official"), validate_choice=False)
    seen = HiddenField()


class HandOverForm(HandlingForm):
    """To which unit, and why."""

    parts = {"reason": _l("Public reason")}
    unit = SelectField(_l("Unit to which it is offered"), validate_choice=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unit.choices = unit_choices()


class EstimateForm(HandlingForm):
    """Until when the answer is expected, and whom to contact."""

    until = DateField(_l("The answer is expected by"), validators=[DataRequired(A_DAY)])
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
    meeting = DateField(_l("Day of the meeting"), validators=[DataRequired(A_DAY)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.body.choices = [SelectChoice(b.key, b.name) for b in get_city().bodies.values()]


class ExtendForm(HandlingForm):
    """The new last day for the answer, and why."""

    parts = {"reason": _l("Public reason")}
    until = DateField(_l("New last day for the answer"), validators=[DataRequired(A_DAY)])


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


class NoteForm(HandlingForm):
    """An internal note."""

    text = TextAreaField(
        _l("Internal note"),
        description=_l("Only the unit that handles the matter and the registry see it."),
        validators=[DataRequired(_l("Write something first."))],
        render_kw={"rows": 3},
    )


class TemplateForm(HandlingForm):
    """A template of answers; `seen` is the version that was opened."""

    seen = HiddenField(default="0")
    unit = SelectField(_l("Unit"), validate_choice=False)
    name = StringField(
        _l("Name of the template"), validators=[DataRequired(_l("Give the template a name."))]
    )

    def fields(self) -> dict[str, str]:
        """The texts by the names of the composer's fields."""
        names = [f"{part}_{code}" for part in TEXTS for code in languages()]
        return {name: self[name].data or "" for name in names}

    def seen_version(self) -> int:
        """The version that was opened, 0 when the field says nothing."""
        seen = self.seen.data or ""
        return int(seen) if seen.isdecimal() else 0


class ReplyForm(FlaskForm):
    """The author's reply."""

    text = TextAreaField(
        _l("Your reply"),
        description=_l("Everybody can read it. Do not write personal data."),
        validators=[DataRequired(_l("Write your reply first."))],
        render_kw={"rows": 5},
    )


def make_template_form(units: list[SelectChoice], **values: Any) -> TemplateForm:
    """The form of a template for the city's official languages; no text has to be written."""
    fields = {
        f"{part}_{code}": TextAreaField(LANGUAGE_LABELS[code], render_kw={"rows": 3})
        for part in TEXTS
        for code in languages()
    }
    form: TemplateForm = make(type("TemplateForm", (TemplateForm,), fields), **values)
    form.unit.choices = units
    return form


def unit_choices(without: str | None = None) -> list[SelectChoice]:
    """The units to which matters can be given, by name, one left out if wanted."""
    units = get_city().receiving_units()
    return [SelectChoice(unit.key, unit.name) for unit in units if unit.key != without]
