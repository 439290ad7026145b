"""The points on the map: the same matters as in the list, never more than 60 kB."""

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.city import get_city
from app.proposals import maps
from tests.factories import Factory

Fill = Callable[..., None]
only_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


def points_of(client: FlaskClient, narrowed: str = "") -> dict[str, Any]:
    answer = client.get(f"/en/matters/points.geojson?{narrowed}")
    assert answer.status_code == 200
    assert answer.content_type == "application/geo+json"
    assert len(answer.data) <= 60_000
    found: dict[str, Any] = json.loads(answer.data)
    return found


@only_sqlite
def test_few_matters_are_points_with_title_address_and_state(
    client: FlaskClient, make: Factory
) -> None:
    matter = make.matter(title="Valot ulkoilureitille Olariin", lat=60.176, lon=24.732)
    make.matter(title="Paikaton asia koko kaupungista")
    make.draft(title="Luonnos jolla on paikka", lat=60.176, lon=24.732)
    found = points_of(client)
    assert not found["clustered"]
    assert found["features"] == [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [24.732, 60.176]},
            "properties": {
                "title": "Valot ulkoilureitille Olariin",
                "url": f"/en/matters/{matter.id}",
                "state": "Published",
            },
        }
    ]


@only_sqlite
def test_the_map_has_the_filters_of_the_list(client: FlaskClient, make: Factory) -> None:
    make.matter(title="Valot ulkoilureitille Olariin", lat=60.176, lon=24.732)
    make.matter(
        title="Keinut leikkipuistoon Otaniemeen",
        area="suur-tapiola",
        district="otaniemi",
        lat=60.185,
        lon=24.827,
    )
    for narrowed in ("area=suur-tapiola", "q=keinut", "box=24.8,60.1,24.9,60.3"):
        features = points_of(client, narrowed)["features"]
        titles = [feature["properties"]["title"] for feature in features]
        assert titles == ["Keinut leikkipuistoon Otaniemeen"], narrowed
    assert points_of(client, "state=answered")["features"] == []


def test_many_matters_are_counted_in_a_grid(client: FlaskClient, fill: Fill) -> None:
    dice = random.Random(1)
    fill(
        3000,
        lat=lambda _: 60.14 + dice.random() * 0.2,
        lon=lambda _: 24.6 + dice.random() * 0.2,
        title="Ä" * 120,
    )
    found = points_of(client)
    assert found["clustered"]
    counts = [feature["properties"]["count"] for feature in found["features"]]
    assert sum(counts) == 3000
    assert len(counts) <= (maps.CELLS + 1) ** 2
    part = points_of(client, "box=24.6,60.14,24.8,60.34")
    assert sum(f["properties"]["count"] for f in part["features"]) == 3000
    assert len(part["features"]) > len(counts)


@only_sqlite
def test_long_titles_are_counted_rather_than_sent(client: FlaskClient, fill: Fill) -> None:
    fill(300, lat=60.17, lon=24.7, title="Ä" * 120)
    found = points_of(client)
    assert found["clustered"]
    assert [f["properties"] for f in found["features"]] == [{"count": 300}]


@only_sqlite
def test_the_areas_are_drawn_inside_the_picture(context: Flask) -> None:
    areas, view_box = maps.draw_areas(get_city(), {"suur-tapiola": 7}, (), lambda key: f"#{key}")
    assert len(areas) == 7
    _, _, width, height = (float(part) for part in view_box.split())
    for area in areas:
        numbers = area["path"].replace("M", " ").replace("L", " ").replace("Z", " ").split()
        xs, ys = [float(n) for n in numbers[::2]], [float(n) for n in numbers[1::2]]
        assert min(xs) >= 0
        assert min(ys) >= 0
        assert max(xs) <= width
        assert max(ys) <= height
        assert 0 < area["x"] < width
        assert 0 < area["y"] < height
    north = next(a for a in areas if a["key"] == "pohjois-espoo")
    south = next(a for a in areas if a["key"] == "suur-espoonlahti")
    assert north["y"] < south["y"]
    assert [a["count"] for a in areas if a["count"]] == [7]
