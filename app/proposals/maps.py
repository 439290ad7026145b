"""The areas of the city as a small drawing, and places of matters as GeoJSON of a bounded size."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import url_for
from sqlalchemy import Row

from app.city import City
from app.city.queries import Named
from app.core.labels import label
from app.proposals import list_queries as queries
from app.proposals.filters import Box, Filters, Sort

WIDTH = 182  # of the drawing, in its own units
MARGIN = 4
LARGEST = 60_000  # bytes of GeoJSON
POINTS = 400
CELLS = 18

Ring = list[tuple[float, float]]


def draw_areas(
    city: City, counts: Mapping[str, int | None], chosen: Sequence[str], url: Callable[[str], str]
) -> tuple[list[dict[str, Any]], str]:
    """The areas as `ui.area_map` takes them, with a number (if known) and an address each; its box.

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


def points_geojson(city: City, filters: Filters, sort: Sort, box: Box | None) -> bytes:
    """The matters of a list on the map, at most 60 kB.

    `box` narrows them to a part of the map. Each point has title, address and state in words. When
    there are too many, a grid stands for them, each cell with its `count` at the mean of its
    points, and the collection is marked `clustered`: asking again with a smaller box gives more.
    Matters without a point stand in the middle of their district or area, named in `around`; where
    they are only counted, `area` is what the list can be narrowed by to see them.

    `total` is the sum of all of it; `unplaced` beside it are the matters that are nowhere on any
    map, so that without a box both together are the exact number of the list.
    """
    placed = queries.list_points(filters, sort, box, POINTS + 1)
    groups = queries.count_unplaced(filters, sort)
    spots = _spots(city, groups, box)
    unplaced = sum(group.n for group in groups if not (group.district or group.area))
    few = len(placed) + sum(group.n for group in spots)
    if few <= POINTS:
        features = [_point(row, row) for row in placed] + _single(city, filters, sort, spots)
        text = _encoded(features, few, unplaced, clustered=False)
        if len(text) <= LARGEST:
            return text
    area = box or bounds(city)
    cells = queries.count_by_cell(filters, sort, area, CELLS, is_whole=box is None)
    features = [_feature(cell, count=cell.n) for cell in cells]
    features += [_around(city, group) for group in spots]
    total = sum(cell.n for cell in cells) + sum(group.n for group in spots)
    return _encoded(features, total, unplaced, clustered=True)


def _spots(city: City, groups: Sequence[Row[Any]], box: Box | None) -> list[Row[Any]]:
    """The groups of matters without a point that have a district or an area inside the box."""
    known = [group for group in groups if group.district or group.area]
    return [group for group in known if box is None or box.has(_middle(city, group))]


def _middle(city: City, row: Row[Any]) -> Named:
    """The district or else the area that a matter is in; it has a middle."""
    return city.districts[row.district] if row.district else city.areas[row.area]


def _single(
    city: City, filters: Filters, sort: Sort, spots: Sequence[Row[Any]]
) -> list[dict[str, Any]]:
    if not spots:
        return []
    districts = {group.district for group in spots if group.district}
    areas = {group.area for group in spots if not group.district}
    rows = queries.list_unplaced(filters, sort, districts, areas, POINTS)
    return [_point(row, place := _middle(city, row), around=place.name) for row in rows]


def _rings(area: Any) -> list[Ring]:
    coordinates = area.outline["coordinates"]
    polygons = [coordinates] if area.outline["type"] == "Polygon" else coordinates
    return [ring for polygon in polygons for ring in polygon]


def _point(row: Row[Any], place: Any, **more: Any) -> dict[str, Any]:
    url = url_for("proposals.show", matter_id=row.id)
    words = {"title": row.title, "lang": row.language, "url": url, "state": label(row.state)}
    return _feature(place, **words, **more)


def _around(city: City, group: Row[Any]) -> dict[str, Any]:
    """Many matters somewhere in a district or area."""
    place = _middle(city, group)
    return _feature(place, around=place.name, area=group.area, count=group.n)


def _feature(place: Any, **properties: Any) -> dict[str, Any]:
    point = {"type": "Point", "coordinates": [round(place.lon, 5), round(place.lat, 5)]}
    return {"type": "Feature", "geometry": point, "properties": properties}


def _encoded(
    features: list[dict[str, Any]], total: int, unplaced: int, *, clustered: bool
) -> bytes:
    collection = {
        "type": "FeatureCollection",
        "clustered": clustered,
        "total": total,
        "unplaced": unplaced,
        "features": features,
    }
    return json.dumps(collection, ensure_ascii=False, separators=(",", ":")).encode()
