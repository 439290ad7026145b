"""Refusals: a code and facts, turned into a page or a problem+json in one place.

Services raise codes, never sentences. Each feature explains its codes with `explain`, in the
person's language; a test holds that every raised code is explained.
"""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l


class DomainError(Exception):
    """An act that the rules refuse. `code` names the rule, `facts` fill its explanation."""

    status = 422

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


class Invalid(DomainError):
    """What was given cannot be used as it is."""


class Forbidden(DomainError):
    """This actor may not do this."""

    status = 403


class NotFound(DomainError):
    """There is no such thing, or not for this actor."""

    status = 404


class WrongState(DomainError):
    """The thing is not in a state in which this can be done."""

    status = 409


class Gone(DomainError):
    """It was here, or valid, and is not any more."""

    status = 410


class TooMany(DomainError):
    """Too many attempts in a short time."""

    status = 429


_EXPLANATIONS: dict[str, Any] = {
    "not_found": _l("There is nothing at this address."),
    "wrong_state": _l("This cannot be done any more, because the matter has moved on."),
    "not_allowed": _l("You do not have the right to do this."),
    "null_byte": _l("The text has a character that cannot be stored. Write it again."),
    "too_long": _l("The text is too long. It can have at most %(limit)s characters."),
    "empty": _l("Write something first."),
}


def explain(explanations: Mapping[str, Any]) -> None:
    """Add a feature's codes with their lazily translated explanations."""
    clash = _EXPLANATIONS.keys() & explanations.keys()
    if any(str(_EXPLANATIONS[code]) != str(explanations[code]) for code in clash):
        raise ValueError(f"codes explained twice: {sorted(clash)}")
    _EXPLANATIONS.update(explanations)


def explained_codes() -> frozenset[str]:
    """All codes that have an explanation."""
    return frozenset(_EXPLANATIONS)


def sentence(error: DomainError) -> str:
    """The explanation of a refusal in the language of the request."""
    text = str(_EXPLANATIONS.get(error.code, gettext("This could not be done.")))
    return text % error.facts if error.facts else text
