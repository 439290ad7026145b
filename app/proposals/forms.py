"""Forms of matters. Limits and places are checked again by the commands."""

from dataclasses import replace
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    FloatField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, Optional, ValidationError
from wtforms.widgets import HiddenInput

from app.city import City, geography, places
from app.city.models import Place
from app.core import language
from app.core.language import NAMES
from app.proposals.lifecycle import MatterKind
from app.proposals.listing import place_names
from app.proposals.models import BODY_LIMIT, TITLE_LEAST, TITLE_LIMIT
from app.proposals.services import REASON_LIMIT, WHY_NEW_LIMIT, Draft
from app.proposals.support import Signature

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
    city_only = BooleanField(
        _l("Only the city sees this"),
        description=_l(
            "For feedback only. You and those who handle it at the city can read it, nobody else."
        ),
    )

    def __init__(self, draft: Draft | None = None) -> None:
        written = draft.language if draft else language.current()
        title = draft.title if draft else ""
        kind = draft.kind if draft else MatterKind.PROPOSAL
        data = {"kind": kind.value, "title": title, "language": written}
        super().__init__(data=data | {"city_only": bool(draft and draft.city_only)})

    def validate_city_only(self, field: BooleanField) -> None:
        """Proposals and initiatives are public: whoever wants otherwise is told before writing."""
        if field.data and self.kind.data != MatterKind.FEEDBACK.value:
            raise ValidationError(
                gettext("Only feedback can be for the city alone. Choose feedback, or leave this.")
            )

    def apply(self, draft: Draft) -> Draft:
        """The draft with what this step says."""
        kind = MatterKind(self.kind.data)
        title, written = self.title.data or "", self.language.data
        city_only = bool(self.city_only.data)
        return replace(draft, kind=kind, title=title, language=written, city_only=city_only)


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
    address = StringField(
        _l("Address or place"),
        description=_l("For example Siltakatu 11, or the name of a park or a school."),
        render_kw={"autocomplete": "off"},
    )
    found = RadioField(_l("Which place do you mean?"), validate_choice=False)
    # What the form has filled in itself: the address that has its point, and the area of it.
    sought = HiddenField()
    filled = HiddenField()
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
            "filled": _filled_value(city, draft),
        }
        super().__init__(data=kept)
        self.city, self.told = city, ""
        self.found.choices = []
        self.service.choices = _services(city)
        self.place.choices = _places(city)

    def validate_address(self, field: StringField) -> None:
        """An address that was written but not looked up yet is looked up now."""
        if field.data and field.data != self.sought.data:
            problem = self._look_up(field.data)
            if problem:
                raise ValidationError(problem)

    def find(self) -> None:
        """Look the address up: one place fills in its point and area, several become a choice.

        An area that was chosen by hand stays. None at all is an error of the field.
        """
        problem = self._look_up(self.address.data or "")
        if problem and not self.found.choices:
            self.address.errors = [problem]

    def _look_up(self, address: str) -> str:
        """Take the place of an address; returns why it cannot be taken, "" if it was."""
        hits = places.find_places(address)
        chosen = next((hit for hit in hits if str(hit.id) == self.found.data), None)
        if chosen or len(hits) == 1:
            return self._take(chosen or hits[0])
        if hits:
            self.found.choices = [(str(hit.id), self._name(hit)) for hit in hits]
            return gettext("There are several places of this name. Choose one of them.")
        if not address.strip():
            return gettext("Write an address or the name of a place first.")
        return gettext(
            "We do not know this place. Choose the area below, or try the name of the street only."
        )

    def _take(self, hit: Place) -> str:
        spot = geography.locate(self.city, hit.lat, hit.lon)
        if spot is None:
            return gettext("The place is outside the city.")
        for field, degrees in ((self.lat, hit.lat), (self.lon, hit.lon)):
            field.data, field.raw_data = degrees, None
        if (self.place.data or "") == (self.filled.data or ""):
            self.place.data = spot.value
        self.filled.data, self.sought.data = spot.value, self.address.data
        self.told = gettext("Found: %(place)s.", place=self._name(hit))
        return ""

    def _name(self, hit: Place) -> str:
        spot = geography.locate(self.city, hit.lat, hit.lon)
        around = place_names(self.city, spot.area, spot.district) if spot else None
        return f"{hit.name} ({around})" if around else hit.name

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
        description=_l("The city sees the name. Others see it only if you choose so below."),
        validators=[Length(min=3, max=120, message=_l("Write your name as a signature."))],
        render_kw={"autocomplete": "name"},
    )
    municipality = StringField(
        _l("The municipality where you live"),
        description=_l(
            "Everybody may sign. By law, only those who live in this municipality count towards "
            "the two percent."
        ),
        validators=[DataRequired(_l("Write the name of the municipality where you live."))],
        render_kw={"list": "municipalities"},
    )
    is_public = BooleanField(_l("Show my name and municipality among the makers"))

    def signature(self) -> Signature:
        """What the maker declares."""
        return Signature(self.name.data or "", self.municipality.data or "")


class PublishForm(FlaskForm):
    """The button, and why this is another matter when one that is much alike was shown."""

    sent = HiddenField()
    why_new = TextAreaField(
        _l("Why is this a different matter?"),
        description=_l("One sentence is enough. The registry sees it. Any reason will do."),
        validators=[
            DataRequired(_l("Write in one sentence why this is a different matter.")),
            _at_most(WHY_NEW_LIMIT),
        ],
        render_kw={"rows": 2},
    )

    def __init__(self, *, is_asked: bool) -> None:
        super().__init__()
        if not is_asked:
            del self.why_new

    @property
    def reason(self) -> str:
        """What was written there; nothing when it was not asked."""
        return (self.why_new.data or "") if "why_new" in self else ""


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


def _filled_value(city: City, draft: Draft) -> str:
    """The area and district of a draft if they are those of its point, else nothing."""
    if draft.lat is None or draft.lon is None:
        return ""
    spot = geography.locate(city, draft.lat, draft.lon)
    return spot.value if spot and spot.value == _place_value(draft) else ""
