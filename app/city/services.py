"""Seeding the municipality from its file. Changing single settings belongs to the admin pages."""

import json
from datetime import date
from pathlib import Path
from typing import Any

from flask import current_app

from app.city.models import (
    Area,
    Authority,
    Body,
    District,
    Municipality,
    Service,
    Theme,
    Unit,
    UnitKind,
)
from app.core import topics
from app.core.command import command
from app.extensions import db

BUNDLED = Path(__file__).parent / "data" / "espoo.json"


def read_seed() -> dict[str, Any]:
    """The municipality's file: the one named by KUULUU_MUNICIPALITY, else the bundled one."""
    path = Path(current_app.config["MUNICIPALITY"] or BUNDLED)
    seed: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return seed


@command
def seed_city(seed: dict[str, Any], is_demo: bool = False) -> None:
    """Create the municipality, or bring it up to date with its file; keys are never removed."""
    settings = dict(seed["municipality"])
    settings["outline_attribution"] = seed["outline_attribution"]
    settings["sources"] = seed["sources"]
    known = db.session.get(Municipality, 1)
    marked = is_demo or (known is not None and known.is_demo)
    db.session.merge(Municipality(id=1, settings=settings, is_demo=marked))
    for position, area in enumerate(seed["areas"]):
        _merge_area(position, area)
    for position, body in enumerate(seed["bodies"]):
        db.session.merge(_body(position, body))
    db.session.flush()
    for position, unit in enumerate(seed["units"]):
        db.session.merge(_unit(position, unit))
        db.session.flush()
    _merge_subjects(seed)
    topics.touch("city")


def _merge_area(position: int, area: dict[str, Any]) -> None:
    lon, lat = area["label_point"]
    db.session.merge(
        Area(
            key=area["key"],
            position=position,
            names=area["name"],
            population=area["population"]["value"],
            lon=lon,
            lat=lat,
            outline=area["outline"],
        )
    )
    db.session.flush()
    for district in area["districts"]:
        lon, lat = district["point"]
        names = district["name"]
        db.session.merge(
            District(key=district["key"], area=area["key"], names=names, lon=lon, lat=lat)
        )


def _body(position: int, body: dict[str, Any]) -> Body:
    return Body(
        key=body["key"],
        position=position,
        type=body["type"],
        names=body["name"],
        parent=body.get("parent"),
    )


def _unit(position: int, unit: dict[str, Any]) -> Unit:
    return Unit(
        key=unit["key"],
        position=position,
        kind=UnitKind(unit["kind"]),
        names=unit["name"],
        parent=unit.get("parent"),
        body=unit.get("body"),
        second_eyes=unit.get("second_eyes", False),
        closed_at=date.fromisoformat(unit["closed"]) if "closed" in unit else None,
    )


def _merge_subjects(seed: dict[str, Any]) -> None:
    for position, theme in enumerate(seed["themes"]):
        db.session.merge(Theme(key=theme["key"], position=position, names=theme["name"]))
    db.session.flush()
    for position, service in enumerate(seed["services"]):
        db.session.merge(
            Service(
                key=service["key"],
                position=position,
                names=service["name"],
                theme=service["theme"],
                unit=service["unit"],
            )
        )
    for position, authority in enumerate(seed["authorities"]):
        db.session.merge(
            Authority(
                key=authority["key"],
                position=position,
                names=authority["name"],
                matters=authority["what"],
            )
        )
