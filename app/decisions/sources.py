"""The sources of decisions in the municipality's settings, checked when they are used.

`decisions.sources` is a list of `{"key", "url" or "path", "format", "language", "body", "bodies",
"internal"}`; `docs/importing-decisions.md` explains each.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.city import City
from app.core.errors import Invalid
from app.core.language import LANGUAGES
from app.decisions.formats import Format
from app.decisions.reading import web_address

FIELDS = {"key", "url", "path", "format", "language", "body", "bodies", "internal"}


@dataclass(frozen=True)
class Source:
    """Where decisions come from and how they are read.

    `bodies` maps a body's name or reference at the source to the city's own key; `body` is the one
    where the source names none.
    """

    key: str
    url: str | None = None
    path: Path | None = None
    format: Format = Format.AUTO
    language: str = "fi"
    body: str | None = None
    bodies: Mapping[str, str] = field(default_factory=dict)
    internal: bool = False

    def body_of(self, city: City, name: str, ref: str) -> str | None:
        """The city's key for a body as the source names it, None where nobody knows it."""
        for known in (name, ref):
            if known and known in self.bodies:
                return self.bodies[known]
        if not name:
            return self.body
        wanted = name.casefold()
        for key, body in city.bodies.items():
            if wanted in (text.casefold() for text in body.names.values()):
                return key
        return None


def list_sources(city: City) -> list[Source]:
    """The configured sources. Raises Invalid "bad_source" with the fact `source`."""
    raw = city.settings.get("decisions", {}).get("sources", [])
    sources = [parse_source(city, item, number) for number, item in enumerate(raw, 1)]
    keys = [source.key for source in sources]
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice is not None:
        raise Invalid("bad_source", source=twice)
    return sources


def parse_source(city: City, item: Any, number: int) -> Source:
    """One source from the settings. Raises Invalid "bad_source" with the fact `source`."""
    if not isinstance(item, dict) or not _is_right(city, item):
        key = item.get("key") if isinstance(item, dict) else None
        raise Invalid("bad_source", source=key if isinstance(key, str) else number)
    return Source(
        key=item["key"],
        url=item.get("url"),
        path=Path(item["path"]) if "path" in item else None,
        format=Format(item.get("format", "auto")),
        language=item.get("language", "fi"),
        body=item.get("body"),
        bodies=item.get("bodies", {}),
        internal=item.get("internal", False),
    )


def _is_right(city: City, item: dict[str, Any]) -> bool:
    bodies = item.get("bodies", {})
    return (
        item.keys() <= FIELDS
        and is_key(item.get("key"))
        and (_is_address(item.get("url")) != _is_path(item.get("path")))
        and ("url" in item) != ("path" in item)
        and item.get("format", "auto") in list(Format)
        and item.get("language", "fi") in LANGUAGES
        and item.get("body") in (None, *city.bodies)
        and isinstance(bodies, dict)
        and all(key in city.bodies for key in bodies.values())
        and isinstance(item.get("internal", False), bool)
    )


def is_key(value: Any) -> bool:
    """Whether a value can name a source."""
    return isinstance(value, str) and re.fullmatch(r"[a-z][a-z0-9_-]{0,39}", value) is not None


def _is_address(value: Any) -> bool:
    return isinstance(value, str) and web_address(value) == value


def _is_path(value: Any) -> bool:
    return isinstance(value, str) and value != ""
