"""The form of feedback without an account. Limits and places are checked again by the commands."""

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, EmailField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from app.city import City
from app.core import language
from app.core.language import NAMES
from app.feedback import links
from app.proposals.forms import TextForm
from app.proposals.lifecycle import MatterKind
from app.proposals.models import BODY_LIMIT, TITLE_LEAST, TITLE_LIMIT
from app.proposals.services import Draft


class FeedbackForm(TextForm):
    """One page: the text, the service, and if wanted the place, an address, the city alone."""

    body = TextAreaField(
        _l("Your feedback"),
        description=_l("Tell what is good or what is wrong. Do not write other people's names."),
        validators=[
            DataRequired(_l("Write your feedback first.")),
            Length(min=TITLE_LEAST, message=_l("Write a little more, at least ten characters.")),
            Length(
                max=BODY_LIMIT,
                message=_l(
                    "The text is too long. It can have at most %(limit)s characters.",
                    limit=BODY_LIMIT,
                ),
            ),
        ],
        render_kw={"rows": 6},
    )
    language = SelectField(_l("Language of your text"), choices=NAMES)
    city_only = BooleanField(
        _l("Only the city sees this"),
        description=_l("Otherwise everybody can read the text on this site, without your name."),
    )
    email = EmailField(
        _l("E-mail address for the answer"),
        description=_l(
            "Leave it empty if you do not want messages. Only this service uses it, and you can "
            "have it deleted at any time."
        ),
        render_kw={"autocomplete": "email"},
    )
    # People do not see this field; programs that fill in everything do.
    website = StringField(
        _l("Leave this field empty"), render_kw={"autocomplete": "off", "tabindex": "-1"}
    )
    opened = HiddenField()

    def __init__(self, city: City) -> None:
        written = language.current()
        super().__init__(city, Draft(MatterKind.FEEDBACK, written, "", ""))
        if not self.is_submitted():
            self.language.data, self.opened.data = written, links.seal_form()

    def validate(self, extra_validators: Any = None) -> bool:
        """Also whether a person has written it: a refused one keeps all that was written."""
        is_valid = super().validate(extra_validators)
        read = links.read_form(self.opened.data or "")
        if self.website.data:
            self.form_errors.append(gettext("Leave the last field empty, then send again."))
        elif read is None:
            self.opened.data = links.seal_form()
            self.form_errors.append(gettext("The form was opened long ago. Send it once more."))
        elif not read[1]:
            self.form_errors.append(gettext("That was very fast. Read it through and send again."))
        return is_valid and not self.form_errors

    @property
    def form_key(self) -> str:
        """The key of a form that was valid."""
        read = links.read_form(self.opened.data or "")
        return read[0] if read else ""

    def draft(self) -> Draft:
        """What is sent; its title is how the text begins."""
        text = self.body.data or ""
        empty = Draft(MatterKind.FEEDBACK, self.language.data or "", title_of(text), "")
        return self.apply_city_only(self.apply(empty))

    def apply_city_only(self, draft: Draft) -> Draft:
        """The draft, for the city alone when the box is checked."""
        draft_fields = {**draft.__dict__, "city_only": bool(self.city_only.data)}
        return Draft(**draft_fields)


def title_of(text: str) -> str:
    """The beginning of a text, cut at a word to a title's length. Pure."""
    line = " ".join(text.split())
    if len(line) <= TITLE_LIMIT:
        return line
    head = line[: TITLE_LIMIT - 1]
    cut = head.rsplit(" ", 1)[0]
    return (cut if len(cut) >= TITLE_LEAST else head) + "…"
