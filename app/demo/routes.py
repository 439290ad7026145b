"""One click into a role, for a browser on the same machine, in a marked database only."""

from typing import Any

from flask import Blueprint, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_user

from app.city import get_city
from app.core import access, http_cache, web
from app.core.errors import NotFound
from app.demo import services
from app.demo.people import LABELS
from app.extensions import csrf

bp = Blueprint("demo", __name__)


def may_step_in() -> bool:
    """Whether this database is a demonstration and the browser is on this machine."""
    return get_city().is_demo and http_cache.is_local(request.environ)


@bp.app_context_processor
def roles() -> dict[str, Any]:
    """The roles for the bar on top of each page, where it may be used."""
    if not may_step_in():
        return {"demo_roles": []}
    return {"demo_roles": [{"key": key, "label": label} for key, label in LABELS.items()]}


@bp.post("/demo/step-in")
@access.public
@csrf.exempt
def step_in() -> ResponseReturnValue:
    """Sign in as one of the demonstration's roles. Elsewhere there is nothing at this address."""
    if not may_step_in():
        raise NotFound("not_found")
    web.same_origin()
    person = services.get_sign_in(request.form.get("role", ""))
    if person is None:
        raise NotFound("not_found")
    session.clear()
    login_user(person)
    return redirect(url_for("pages.home"), 303)
