"""Words for enum values, in one place: `label(value)` in templates.

Each feature adds its own with `name`; the words are those of the Finnish administration.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from flask import Flask

_WORDS: dict[tuple[str, str], Any] = {}


def name(words: Mapping[Any, Any]) -> None:
    """Add lazily translated words for the members of an enum."""
    for member, word in words.items():
        _WORDS[type(member).__name__, member.value] = word


def label(member: Enum) -> str:
    """The word for an enum value in the language in use."""
    return str(_WORDS[type(member).__name__, member.value])


def word(kind: str, value: str) -> str:
    """The word for a value of an enum that a higher feature owns, known by the enum's name only."""
    return str(_WORDS[kind, value])


def init_app(app: Flask) -> None:
    """Make `label` available in templates."""
    app.add_template_global(label)
