"""Languages of the interface and of content.

A public address begins with its language; `current` is that of the request, or the one forced for
a piece of work such as an e-mail. Texts in several languages are mappings from code to text.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from flask import g, has_request_context, request
from flask_babel import force_locale, get_locale

LANGUAGES = ("fi", "sv", "en")
NAMES = {"fi": "Suomeksi", "sv": "På svenska", "en": "In English"}


def negotiated() -> str:
    """The best language for this request: of the address, else of the browser's wishes."""
    if not has_request_context():
        return LANGUAGES[0]
    chosen = g.get("lang") or (request.view_args or {}).get("lang")
    if chosen in LANGUAGES:
        return str(chosen)
    # An address that was not found still says its language.
    first = request.path.split("/")[1]
    if first in LANGUAGES:
        return first
    return request.accept_languages.best_match(LANGUAGES, LANGUAGES[0]) or LANGUAGES[0]


def current() -> str:
    """The language in use now."""
    locale = get_locale()
    return locale.language if locale else LANGUAGES[0]


def pick(texts: Mapping[str, str], language: str | None = None) -> str:
    """The text in a language (the present one if not given), else in the first one there is."""
    wanted = language or current()
    for code in (wanted, *LANGUAGES):
        if texts.get(code):
            return texts[code]
    return next(iter(texts.values()), "")


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Use a language for a piece of work, such as a message to one person."""
    with force_locale(language):
        yield
