"""Wiring of the web: languages in addresses, error pages, names that every template may use."""

import hashlib
from pathlib import Path
from typing import Any

import structlog
from flask import Flask, Request, abort, current_app, g, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter

from app.core import access, language
from app.core.errors import DomainError, sentence
from app.extensions import babel, csrf, db, login

log = structlog.get_logger()


class LanguageConverter(BaseConverter):
    """The first part of every page's address."""

    regex = "|".join(language.LANGUAGES)


class ReadableRequest(Request):
    """A request whose query can always be read: bytes that are not UTF-8 become marks for that."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.query_string = self.query_string.decode("utf-8", "replace").encode()


def build_id(folder: Path) -> str:
    """A digest of everything that shapes a page, so that caches end with a new version."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".html", ".py", ".css", ".js", ".mo", ".svg"):
            digest.update(path.read_bytes())
    for path in sorted((folder.parent / "translations").rglob("*.mo")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def init_app(app: Flask) -> None:
    """Bind the extensions of the web and everything below to the application."""
    app.request_class = ReadableRequest
    app.url_map.converters["language"] = LanguageConverter
    translations = str(Path(app.root_path).parent / "translations")
    babel.init_app(
        app,
        default_locale="en",
        default_translation_directories=translations,
        locale_selector=language.negotiated,
    )
    csrf.init_app(app)
    login.init_app(app)
    login.session_protection = None
    app.url_value_preprocessor(_take_language)
    app.url_defaults(_give_language)
    _name_for_templates(app)
    _handle_errors(app)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.teardown_request(_forget_transaction)


def _take_language(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    if values and "lang" in values:
        g.lang = values.pop("lang")


def _give_language(endpoint: str, values: dict[str, Any]) -> None:
    if "lang" not in values and current_app.url_map.is_endpoint_expecting(endpoint, "lang"):
        values["lang"] = language.current()


def language_links() -> list[dict[str, Any]]:
    """The same page in every language, for the switch and for hreflang."""
    if request.endpoint is None or "lang" not in (request.url_rule or _NoRule).arguments:
        return []
    here = language.current()
    # `url_for` has parameters of its own; an address must not reach them.
    given = {k: v for k, v in request.args.lists() if k != "endpoint" and not k.startswith("_")}
    arguments = {**given, **(request.view_args or {})}
    links = []
    for code in language.LANGUAGES:
        url = url_for(request.endpoint, **{**arguments, "lang": code})
        name = language.NAMES[code]
        links.append({"lang": code, "url": url, "name": name, "current": code == here})
    return links


class _NoRule:
    arguments: frozenset[str] = frozenset()


def _name_for_templates(app: Flask) -> None:
    addresses: dict[str, str] = {}

    @app.template_global()
    def asset(filename: str) -> str:
        """Address of a static file that changes with its content."""
        if filename not in addresses:
            content = (Path(app.static_folder or "") / filename).read_bytes()
            version = hashlib.sha256(content).hexdigest()[:12]
            addresses[filename] = url_for("static", filename=filename, v=version)
        return addresses[filename]

    @app.context_processor
    def names() -> dict[str, Any]:
        return {
            "language_links": language_links,
            "lang": language.current(),
            "actor": access.actor(),
            "pick": language.pick,
        }


def _handle_errors(app: Flask) -> None:
    app.register_error_handler(DomainError, _domain_error)
    app.register_error_handler(CSRFError, _form_expired)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def _answer(status: int, title: str, text: str, code: str) -> ResponseReturnValue:
    db.session.rollback()
    g.pop("page_mark", None)
    wants = request.accept_mimetypes
    if wants.best == "application/json" or wants["application/problem+json"] > wants["text/html"]:
        problem = jsonify(type=f"urn:kuuluu:{code}", title=title, status=status, detail=text)
        problem.headers["Content-Type"] = "application/problem+json"
        return problem, status
    page = render_template("errors/error.html", code=status, heading=title, text=text)
    return page, status


def _domain_error(error: DomainError) -> ResponseReturnValue:
    titles = {
        403: gettext("You cannot do this"),
        404: gettext("The page was not found"),
        409: gettext("This is not possible any more"),
        410: gettext("This is no longer valid"),
        422: gettext("Something needs mending"),
        429: gettext("Too many attempts"),
    }
    return _answer(error.status, titles[error.status], sentence(error), error.code)


def _form_expired(_error: CSRFError) -> ResponseReturnValue:
    text = gettext(
        "The form was open for too long, or it did not come from this site. "
        "Go back, load the page again and send it once more. Copy your text first."
    )
    return _answer(400, gettext("The form has expired"), text, "form_expired")


def _http_error(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if status < 400:
        return error.get_response()
    known = {
        400: (
            gettext("The request could not be read"),
            gettext("Check the address or the form and try again."),
        ),
        404: (
            gettext("The page was not found"),
            gettext("There is nothing at this address. Search for it or start from the home page."),
        ),
        405: (
            gettext("This is not possible here"),
            gettext("The page does not take this kind of request. Go back and use its buttons."),
        ),
        413: (
            gettext("Too much at once"),
            gettext(
                "What you sent is too large. Make it shorter, or choose a smaller picture, and "
                "send it again."
            ),
        ),
        429: (
            gettext("Too many attempts"),
            gettext("Wait a few minutes and try again. Nothing was lost."),
        ),
    }
    title, text = known.get(status, known[400])
    return _answer(status, title, text, f"http_{status}")


def _unexpected(error: Exception) -> ResponseReturnValue:
    log.exception("request.failed", path=request.path, error=type(error).__name__)
    text = gettext("Nothing was changed. The fault has been noted. Try again in a moment.")
    return _answer(500, gettext("Something broke on our side"), text, "unexpected")


def _forget_transaction(_error: BaseException | None) -> None:
    db.session.rollback()


def same_origin() -> None:
    """Refuse a form post without a token that does not come from this site.

    For forms on pages that hold no session: browsers say where a post comes from.
    """
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get("Origin")
    if site not in ("same-origin", "none") or (origin and origin != request.host_url.rstrip("/")):
        abort(400)
