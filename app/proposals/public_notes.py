"""Words beside journal entries that everybody reads, in every official language."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from app.city import get_city
from app.core import errors
from app.core.errors import Invalid
from app.core.language import LANGUAGES
from app.core.text import clean
from app.proposals.models import Matter
from app.proposals.notes import add_note

NOTE_LIMIT = 4000

errors.explain({"not_every_language": _l("Write the text in every official language of the city.")})


def add_public_note(matter: Matter, purpose: str, texts: Mapping[str, str]) -> str:
    """Keep cleaned words beside a matter in the running command; returns their digest.

    Raises Invalid "not_every_language" when an official language is missing.
    """
    cleaned = {code: clean(texts.get(code, ""), NOTE_LIMIT, required=False) for code in LANGUAGES}
    if not all(cleaned[code] for code in get_city().official_languages):
        raise Invalid("not_every_language")
    return add_note(matter, purpose, {code: text for code, text in cleaned.items() if text})
