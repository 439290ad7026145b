"""Where a point lies, and names as they are looked up. Pure.

Areas have outlines, districts only a middle point, so a district is the nearest one of the same
area. The outlines are coarse: a point somewhat outside all of them belongs to the nearest one.
What comes out is a suggestion that people correct.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import cos, hypot, radians
from typing import Any

from app.city.queries import City

DEGREE = 111_195  # metres of one degree of latitude
MARGIN = 300  # metres outside every outline that still count as the city, as on a pier
NEAREST = 2000  # metres; farther from each district's middle, only the area is told

Ring = Sequence[Sequence[float]]


@dataclass(frozen=True)
class Spot:
    """The area of a point, by key, and the district if there is one near."""

    area: str
    district: str | None

    @property
    def value(self) -> str:
        """As a select of areas and districts has it."""
        return f"district:{self.district}" if self.district else f"area:{self.area}"


def locate(city: City, lat: float, lon: float) -> Spot | None:
    """The area and district of a point in WGS 84 degrees; None outside the city."""
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):  # also what is no number
        return None
    inside = (a.key for a in city.areas.values() if _is_inside(a.outline, lat, lon))
    area = next(inside, None) or _nearest_area(city, lat, lon)
    if area is None:
        return None
    near = [
        (_metres(lat, lon, district.lat, district.lon), district.key)
        for district in city.districts.values()
        if district.area == area
    ]
    away, key = min(near, default=(NEAREST, None))
    return Spot(area, key if away < NEAREST else None)


def search_key(name: str) -> str:
    """A name without case, accents and punctuation: "Leppävaaran asema" is "leppavaaran asema"."""
    parts = unicodedata.normalize("NFKD", name.casefold())
    bare = "".join(c for c in parts if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in bare).split())


def _nearest_area(city: City, lat: float, lon: float) -> str | None:
    away = [
        (_to_ring(ring, lat, lon), area.key)
        for area in city.areas.values()
        for ring, *_holes in _polygons(area.outline)
    ]
    metres, key = min(away, default=(MARGIN, None))
    return key if metres < MARGIN else None


def _polygons(outline: dict[str, Any]) -> Iterator[Sequence[Ring]]:
    coordinates = outline["coordinates"]
    yield from [coordinates] if outline["type"] == "Polygon" else coordinates


def _is_inside(outline: dict[str, Any], lat: float, lon: float) -> bool:
    return any(
        _in_ring(ring, lat, lon) and not any(_in_ring(hole, lat, lon) for hole in holes)
        for ring, *holes in _polygons(outline)
    )


def _in_ring(ring: Ring, lat: float, lon: float) -> bool:
    """Whether a ray to the east crosses the ring an odd number of times."""
    inside = False
    for (lon1, lat1), (lon2, lat2) in zip(ring, [*ring[1:], ring[0]], strict=True):
        if (lat1 > lat) != (lat2 > lat):
            crossing = lon1 + (lat - lat1) / (lat2 - lat1) * (lon2 - lon1)
            inside ^= crossing > lon
    return inside


def _to_ring(ring: Ring, lat: float, lon: float) -> float:
    """Metres from a point to the nearest side of a ring."""
    wide = DEGREE * cos(radians(lat))
    points = [((x - lon) * wide, (y - lat) * DEGREE) for x, y in ring]
    return min(_to_side(a, b) for a, b in zip(points, [*points[1:], points[0]], strict=True))


def _to_side(a: tuple[float, float], b: tuple[float, float]) -> float:
    """The distance of the origin from the line between two points."""
    across, up = b[0] - a[0], b[1] - a[1]
    square = across * across + up * up
    share = -(a[0] * across + a[1] * up) / square if square else 0.0
    share = min(1.0, max(0.0, share))
    return hypot(a[0] + share * across, a[1] + share * up)


def _metres(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    return hypot((lat2 - lat1) * DEGREE, (lon2 - lon1) * DEGREE * cos(radians(lat1)))
