"""The municipality's colours, its outlines for maps, and where an address or a point lies."""

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.city import geography, places
from app.city.models import Place
from app.city.queries import get_city
from app.core import access, http_cache, language, limits
from app.extensions import limiter

bare = Blueprint("city", __name__)
bp = Blueprint("places", __name__)
asking = limiter.limit(limits.SAVING, key_func=limits.account)


@bare.get("/city/colours.css")
@access.public
def colours() -> ResponseReturnValue:
    """CSS custom properties from the municipality's settings, light and dark."""
    http_cache.public("city")
    brand = get_city().settings["brand"]
    light, dark = (_properties(brand[scheme]) for scheme in ("light", "dark"))
    css = (
        f":root {{ {light} }}\n"
        f'[data-theme="dark"] {{ {dark} }}\n'
        f'@media (prefers-color-scheme: dark) {{ :root:not([data-theme="light"]) {{ {dark} }} }}\n'
    )
    return Response(css, content_type="text/css; charset=utf-8")


def _properties(colours: dict[str, str]) -> str:
    return " ".join(f"--{name.replace('_', '-')}: {value};" for name, value in colours.items())


@bare.get("/city/outlines.geojson")
@access.public
def outlines() -> ResponseReturnValue:
    """Simplified outlines of the areas, with attribution."""
    http_cache.public("city")
    city = get_city()
    features = [
        {
            "type": "Feature",
            "properties": {"key": area.key, "name": area.names},
            "geometry": area.outline,
        }
        for area in city.areas.values()
    ]
    attribution = language.pick(city.settings["outline_attribution"], request.args.get("language"))
    return jsonify(type="FeatureCollection", attribution=attribution, features=features)


@bp.get("/city/places")
@access.public
@asking
def find() -> ResponseReturnValue:
    """Places whose name begins with `q`, each with its point, area and district."""
    found = [_found(place) for place in places.find_places(request.args.get("q", ""))]
    return jsonify(places=found)


@bp.get("/city/point")
@access.public
@asking
def point() -> ResponseReturnValue:
    """The area and district of `lat` and `lon`; without them outside the city, and it says so."""
    lat, lon = (request.args.get(name, float("nan"), type=float) for name in ("lat", "lon"))
    return jsonify(_where(lat, lon))


def _found(place: Place) -> dict[str, object]:
    return {"name": place.name, "lat": place.lat, "lon": place.lon} | _where(place.lat, place.lon)


def _where(lat: float, lon: float) -> dict[str, str]:
    """`value` is what a select of areas and districts takes."""
    city = get_city()
    spot = geography.locate(city, lat, lon)
    if spot is None:
        return {"value": "", "text": _("The place is outside the city.")}
    area = city.areas[spot.area].name
    if spot.district is None:
        return {"value": spot.value, "text": area}
    return {"value": spot.value, "text": f"{city.districts[spot.district].name}, {area}"}
