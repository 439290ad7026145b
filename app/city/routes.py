"""The municipality's colours as a stylesheet, and its outlines for maps."""

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from app.city.queries import get_city
from app.core import access, http_cache, language

bare = Blueprint("city", __name__)


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
