"""Opening pages, sending forms and counting statements, as many tests of pages do."""

import html
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.test import TestResponse, encode_multipart

from app.extensions import db


def page(client: FlaskClient, path: str, status: int = 200, lang: str = "en") -> str:
    """The text of a page that answers with this status."""
    response = client.get(f"/{lang}{path}")
    assert response.status_code == status, response.text
    return html.unescape(response.text)


def send(client: FlaskClient, path: str, status: int = 303, **fields: Any) -> TestResponse:
    """The response to a form, which has this status."""
    response = client.post(f"/en{path}", data=fields)
    assert response.status_code == status, html.unescape(response.text)
    return response


def multipart(fields: dict[str, Any]) -> dict[str, Any]:
    """What `client.post` needs to send a form with files as a browser does."""
    boundary, body = encode_multipart(fields)
    return {"data": body, "content_type": f"multipart/form-data; boundary={boundary}"}


@contextmanager
def counting() -> Iterator[list[str]]:
    """The statements that are run inside."""
    found: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        found.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
