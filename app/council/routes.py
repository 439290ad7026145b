"""The page of the councillor's desk."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.core import access, clock
from app.core.access import Role
from app.council.desk import get_desk

bp = Blueprint("council", __name__, template_folder="templates")


@bp.get("/council")
@access.staff(Role.COUNCILLOR)
def desk() -> ResponseReturnValue:
    """What is late, promised, followed and supported in the field of the own bodies."""
    return render_template("council/desk.html", today=clock.today(), **get_desk(access.actor()))
