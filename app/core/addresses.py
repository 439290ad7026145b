"""Absolute addresses for mails, and addresses that a form may lead back to."""

import re
from typing import Any
from urllib.parse import urlsplit

from flask import current_app

from app.core import language

CONTROLS = re.compile(r"[\x00-\x1f\x7f]")


def absolute(endpoint: str, **values: Any) -> str:
    """The public address of a page, in the language in use unless `lang` names another."""
    routes = current_app.url_map.bind("localhost")
    path = routes.build(endpoint, {"lang": language.current(), **values})
    return f"{current_app.config['PUBLIC_URL']}{path}"


def own_address(target: str | None) -> str | None:
    """A path on this site, None for anything that would lead elsewhere."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return None
    if CONTROLS.search(target):
        return None
    parts = urlsplit(target)
    return None if parts.scheme or parts.netloc else target
