"""The areas of the city as a small drawing, and places of matters as GeoJSON of a bounded size."""

import json
import math
from collections.abc import Callable, Sequence
from typing import Any

from flask import url_for
from sqlalchemy import Row

from app.city import City
from app.core.labels import label
from app.proposals import queries
from app.proposals.filters import Box, Filters

WIDTH = 182  # of the drawing, in its own units
MARGIN = 4
LARGEST = 60_000  # bytes of GeoJSON
POINTS = 400
CELLS = 18

Ring = list[tuple[float, float]]


def draw_areas(
    city: City, counts: dict[str, int], chosen: Sequence[str], url: Callable[[str], str]
) -> tuple[list[dict[str, Any]], str]:
    """The areas as `ui.area_map` takes them, with a number and an address each, and its view box.

    Longitudes are drawn shorter by the cosine of the city's middle latitude.
    """
    box = bounds(city)
    shrink = math.cos(math.radians((box.south + box.north) / 2))
    scale = (WIDTH - 2 * MARGIN) / ((box.east - box.west) * shrink)

    def place(lon: float, lat: float) -> tuple[float, float]:
        x = MARGIN + (lon - box.west) * shrink * scale
        return round(x, 1), round(MARGIN + (box.north - lat) * scale, 1)

    areas = []
    for area in city.areas.values():
        x, y = place(area.lon, area.lat)
        lines = ("L".join("{} {}".format(*place(*p)) for p in ring) for ring in _rings(area))
        areas.append(
            {
                "key": area.key,
                "name": area.name,
                "path": "".join(f"M{line}Z" for line in lines),
                "x": x,
                "y": y,
                "count": counts.get(area.key, 0),
                "current": area.key in chosen,
                "url": url(area.key),
            }
        )
    return areas, f"0 0 {WIDTH} {round((box.north - box.south) * scale + 2 * MARGIN)}"


def bounds(city: City) -> Box:
    """The box around all areas."""
    points = [p for area in city.areas.values() for ring in _rings(area) for p in ring]
    lons, lats = zip(*points, strict=True)
    return Box(min(lons), min(lats), max(lons), max(lats))


def points_geojson(city: City, filters: Filters, box: Box | None) -> bytes:
    """Places of matters, at most 60 kB.

    `box` narrows them to a part of the map. Each point has title, address and state in words.
    When there are too many, the points of a grid stand for them, each with its `count`, and the
    collection is marked `clustered`: asking again with a smaller box gives more.
    """
    box = box or bounds(city)
    rows = queries.list_points(filters, box, POINTS + 1)
    if len(rows) <= POINTS:
        text = _encoded([_point(row) for row in rows], clustered=False)
        if len(text) <= LARGEST:
            return text
    cells = queries.count_by_cell(filters, box, CELLS)
    return _encoded([_cell(row) for row in cells], clustered=True)


def _rings(area: Any) -> list[Ring]:
    coordinates = area.outline["coordinates"]
    polygons = [coordinates] if area.outline["type"] == "Polygon" else coordinates
    return [ring for polygon in polygons for ring in polygon]


def _point(row: Row[Any]) -> dict[str, Any]:
    url = url_for("proposals.show", matter_id=row.id)
    return _feature(row, title=row.title, url=url, state=label(row.state))


def _cell(row: Row[Any]) -> dict[str, Any]:
    return _feature(row, count=row.n)


def _feature(row: Row[Any], **properties: Any) -> dict[str, Any]:
    place = {"type": "Point", "coordinates": [round(row.lon, 5), round(row.lat, 5)]}
    return {"type": "Feature", "geometry": place, "properties": properties}


def _encoded(features: list[dict[str, Any]], *, clustered: bool) -> bytes:
    collection = {"type": "FeatureCollection", "clustered": clustered, "features": features}
    return json.dumps(collection, ensure_ascii=False, separators=(",", ":")).encode()
