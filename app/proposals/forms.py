"""Forms of matters. Limits and places are checked again by the commands."""

from dataclasses import replace
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import FloatField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional
from wtforms.widgets import HiddenInput

from app.city import City
from app.core import language
from app.core.language import NAMES
from app.proposals.lifecycle import MatterKind
from app.proposals.models import BODY_LIMIT, TITLE_LEAST, TITLE_LIMIT
from app.proposals.services import REASON_LIMIT, Draft

TITLE_SHORT = _l("Write a title of at least ten characters.")
NO_BODY = _l("Write what you want and why.")


def _at_most(limit: int) -> Length:
    message = _l("The text is too long. It can have at most %(limit)s characters.", limit=limit)
    return Length(max=limit, message=message)


class StartForm(FlaskForm):
    """Step 1: what kind of matter, and its title."""

    kind = RadioField(
        _l("What do you want to do?"),
        choices={kind.value: kind.value for kind in MatterKind},
        default=MatterKind.PROPOSAL.value,
    )
    title = StringField(
        _l("Title"),
        description=_l("Tell in one sentence what you want, for example: A crossing by the school"),
        validators=[Length(min=TITLE_LEAST, message=TITLE_SHORT), _at_most(TITLE_LIMIT)],
        filters=[lambda text: " ".join((text or "").split())],
    )
    language = SelectField(_l("Language of your text"), choices=NAMES)

    def __init__(self, draft: Draft | None = None) -> None:
        written = draft.language if draft else language.current()
        title = draft.title if draft else ""
        kind = draft.kind if draft else MatterKind.PROPOSAL
        super().__init__(data={"kind": kind.value, "title": title, "language": written})

    def apply(self, draft: Draft) -> Draft:
        """The draft with what this step says."""
        kind = MatterKind(self.kind.data)
        title, written = self.title.data or "", self.language.data
        return replace(draft, kind=kind, title=title, language=written)


class TextForm(FlaskForm):
    """Step 2: the text, what service it is about, and where."""

    body = TextAreaField(
        _l("What do you want, and why?"),
        description=_l(
            "Tell what is wrong now and who would benefit. Do not write other people's names."
        ),
        validators=[DataRequired(NO_BODY), _at_most(BODY_LIMIT)],
        render_kw={"rows": 8},
    )
    service = SelectField(
        _l("Which service is it about?"),
        validators=[DataRequired(_l("Choose the service that this is about."))],
    )
    place = SelectField(_l("Where?"))
    lat = FloatField(widget=HiddenInput(), validators=[Optional()])
    lon = FloatField(widget=HiddenInput(), validators=[Optional()])

    def __init__(self, city: City, draft: Draft) -> None:
        kept = {
            "body": draft.body,
            "service": draft.service or "",
            "place": _place_value(draft),
            "lat": draft.lat,
            "lon": draft.lon,
        }
        super().__init__(data=kept)
        self.city = city
        self.service.choices = _services(city)
        self.place.choices = _places(city)

    def apply(self, draft: Draft) -> Draft:
        """The draft with what this step says; unknown values are left to the command to refuse."""
        service = self.city.services.get(self.service.data or "")
        level, _, key = (self.place.data or "").partition(":")
        district = self.city.districts.get(key) if level == "district" else None
        return replace(
            draft,
            body=self.body.data or "",
            service=self.service.data or None,
            theme=service.theme if service else None,
            area=district.area if district else key if level == "area" else level or None,
            district=district.key if district else None,
            lat=self.lat.data,
            lon=self.lon.data,
        )


class EditForm(FlaskForm):
    """A new version of a published text."""

    title = StringField(
        _l("Title"),
        validators=[Length(min=TITLE_LEAST, message=TITLE_SHORT), _at_most(TITLE_LIMIT)],
    )
    body = TextAreaField(
        _l("Text"),
        validators=[DataRequired(NO_BODY), _at_most(BODY_LIMIT)],
        render_kw={"rows": 12},
    )


class ReasonForm(FlaskForm):
    """Why a matter is withdrawn."""

    reason = TextAreaField(
        _l("Why do you withdraw it?"),
        description=_l("Everybody sees the reason. One sentence is enough."),
        validators=[DataRequired(_l("Write the reason.")), _at_most(REASON_LIMIT)],
        render_kw={"rows": 3},
    )


class SignForm(FlaskForm):
    """The signature of an initiative's maker."""

    name = StringField(
        _l("Your own name"),
        description=_l("The city sees the name, others only the number of makers."),
        validators=[Length(min=3, max=120, message=_l("Write your name as a signature."))],
        render_kw={"autocomplete": "name"},
    )


class PublishForm(FlaskForm):
    """Nothing but the button and its token."""

    sent = HiddenField()


def _services(city: City) -> dict[str, Any]:
    """The services by theme, as a select takes them."""
    groups: dict[str, Any] = {"": gettext("Choose from the list")}
    for theme in city.themes.values():
        of_theme = [s for s in city.services.values() if s.theme == theme.key]
        groups[theme.name] = {service.key: service.name for service in of_theme}
    return groups


def _places(city: City) -> dict[str, Any]:
    """The whole city, whole areas and their districts, as a select takes them."""
    groups: dict[str, Any] = {"": gettext("The whole city")}
    for area in city.areas.values():
        whole = {f"area:{area.key}": gettext("All of %(area)s", area=area.name)}
        districts = [d for d in city.districts.values() if d.area == area.key]
        groups[area.name] = whole | {f"district:{d.key}": d.name for d in districts}
    return groups


def _place_value(draft: Draft) -> str:
    if draft.district:
        return f"district:{draft.district}"
    return f"area:{draft.area}" if draft.area else ""
