"""What shows, beside words, that a promise is kept: addresses and photos. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask_babel import lazy_gettext as _l

from app.core import errors
from app.core.errors import Invalid
from app.core.language import LANGUAGES
from app.core.pictures import Picture
from app.core.text import clean
from app.promises.models import URL_LIMIT, EvidenceKind

ALT_LIMIT = 300

errors.explain(
    {
        "not_https": _l("Write a whole address that begins with https:// and has no spaces."),
        "no_alt": _l("Write in every official language what the picture shows."),
    }
)


@dataclass(frozen=True)
class Shown:
    """A page or a decision, by its address."""

    kind: EvidenceKind
    url: str


@dataclass(frozen=True)
class Photo:
    """A picture, and what it shows, by language, for those who do not see it."""

    picture: Picture
    alt: Mapping[str, str]


def checked_url(text: str) -> str:
    """An address that may stand as a link on a public page. Raises Invalid "not_https"."""
    url = text.strip()
    try:
        parts = urlsplit(url)
    except ValueError:
        raise Invalid("not_https") from None
    is_plain = url.isprintable() and not any(sign.isspace() or sign in '<>"' for sign in url)
    is_whole = parts.scheme == "https" and "." in (parts.hostname or "") and "@" not in parts.netloc
    if not (is_plain and is_whole and len(url) <= URL_LIMIT and url.startswith("https://")):
        raise Invalid("not_https")
    return url


def checked_alt(alt: Mapping[str, str], needed: Iterable[str]) -> dict[str, str]:
    """What a picture shows, cleaned. Raises Invalid "no_alt" when a needed language is missing."""
    texts = {code: clean(alt.get(code, ""), ALT_LIMIT, required=False) for code in LANGUAGES}
    if not all(texts[code] for code in needed):
        raise Invalid("no_alt")
    return {code: text for code, text in texts.items() if text}
