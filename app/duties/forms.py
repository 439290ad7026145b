"""Forms of document requests. What the public reads is asked in every official language."""

from typing import Any, ClassVar, TypeVar

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, Field, TextAreaField
from wtforms.validators import DataRequired

from app.city import get_city
from app.core import language

F = TypeVar("F", bound="WordsForm")


class WordsForm(FlaskForm):
    """Words in every official language, under one title."""

    title: ClassVar[Any] = ""

    def texts(self) -> dict[str, str]:
        """What was written, by language."""
        return {code: self[f"words_{code}"].data or "" for code in get_city().official_languages}

    def language_fields(self) -> list[tuple[str, Field]]:
        """The fields of the words with their languages."""
        return [(code, self[f"words_{code}"]) for code in get_city().official_languages]


class GivenForm(WordsForm):
    """Which documents were given, and which were not and why."""

    title = _l("Which documents were given, and which were not and why")


class LongerForm(WordsForm):
    """The later day of a document request, and why."""

    title = _l("Public reason")
    until = DateField(_l("New day"), validators=[DataRequired(_l("Choose a day."))])


def make(form: type[F], prefix: str) -> F:
    """A form with its fields for the city's official languages."""
    needed = _l("Write this as well: it is needed in every official language.")
    fields = {
        f"words_{code}": TextAreaField(
            language.NAMES[code], validators=[DataRequired(needed)], render_kw={"rows": 3}
        )
        for code in get_city().official_languages
    }
    made: type[F] = type(form.__name__, (form,), fields)
    return made(prefix=prefix)
