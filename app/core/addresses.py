"""Absolute addresses for mails, which jobs write without a request."""

from typing import Any

from flask import current_app

from app.core import language


def absolute(endpoint: str, **values: Any) -> str:
    """The public address of a page, in the language in use unless `lang` names another."""
    routes = current_app.url_map.bind("localhost")
    path = routes.build(endpoint, {"lang": language.current(), **values})
    return f"{current_app.config['PUBLIC_URL']}{path}"
