"""The points on the map: the same matters as in the list, never more than 60 kB."""

import json
import random
import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from app.city import get_city
from app.core import clock
from app.proposals import maps
from app.proposals.lifecycle import MatterKind, State
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
    make.matter(title="Paikaton asia koko kaupungista", area=None, district=None)
    make.draft(title="Luonnos jolla on paikka", lat=60.176, lon=24.732)
    found = points_of(client)
    assert not found["clustered"]
    assert (found["total"], found["unplaced"]) == (1, 1)
    assert found["features"] == [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [24.732, 60.176]},
            "properties": {
                "title": "Valot ulkoilureitille Olariin",
                "lang": "fi",
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


PLACES: list[dict[str, Any]] = [
    {"lat": 60.176, "lon": 24.732},
    {"lat": 60.2, "lon": 24.8},
    {"district": "olari", "area": "suur-matinkyla"},
    {"area": "suur-tapiola"},
    {},
]
KINDS = (MatterKind.FEEDBACK, MatterKind.PROPOSAL, MatterKind.INITIATIVE)
NARROWED = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.lists(st.sampled_from([kind.value for kind in KINDS]), max_size=2),
        "area": st.lists(st.sampled_from(["suur-matinkyla", "suur-tapiola"]), max_size=2),
        "unit": st.just(["sports"]),
        "language": st.lists(st.sampled_from(["fi", "sv"]), max_size=1),
        "late": st.just("1"),
        "from": st.sampled_from(["2026-02-07", "2026-02-08"]),
        "sort": st.sampled_from(["waiting", "soonest", "supported"]),
    },
)


@pytest.fixture
def spread(fill: Fill) -> None:
    """Sixty matters of every sort, some of them only in a district, an area or nowhere."""
    fill(
        60,
        **{name: partial(_place_of, name) for name in ("lat", "lon", "district", "area")},
        kind=lambda n: KINDS[n // 5 % 3],
        holder_unit=lambda n: "sports" if n % 4 == 0 else None,
        language=lambda n: "sv" if n % 7 == 0 else "fi",
        overdue=lambda n: n % 6 == 0,
        state=lambda n: State.CLOSED if n % 5 == 1 else State.REGISTERED,
        next_due=lambda n: clock.now() if n % 3 else None,
        next_due_kind="answer",
        published_at=lambda n: clock.now() - timedelta(hours=12 * n),
    )


def _place_of(name: str, n: int) -> Any:
    return PLACES[n % len(PLACES)].get(name)


def number_of(client: FlaskClient, narrowed: str) -> int:
    """How many matters the list says it has."""
    found = re.search(r'<h2 class="mb0">(\d+) ', client.get(f"/en/matters?{narrowed}").text)
    assert found
    return int(found[1])


@only_sqlite
@pytest.mark.parametrize("most", [maps.POINTS, 3])
def test_the_map_has_all_matters_of_the_list(
    client: FlaskClient, spread: None, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """Alone or counted in cells, with those that are said to be nowhere, for any filters."""
    monkeypatch.setattr(maps, "POINTS", most)

    @settings(max_examples=30, deadline=None, derandomize=True)
    @given(NARROWED)
    def check(values: dict[str, Any]) -> None:
        narrowed = urlencode(values, doseq=True)
        found = points_of(client, narrowed)
        on_it = sum(feature["properties"].get("count", 1) for feature in found["features"])
        assert on_it == found["total"]
        assert on_it + found["unplaced"] == number_of(client, narrowed)

    check()


def test_a_matter_on_the_side_of_a_box_is_in_one_of_two(client: FlaskClient, fill: Fill) -> None:
    fill(500, lat=lambda n: 60.15 + n % 5 * 0.025, lon=lambda n: 24.6 + n // 5 % 5 * 0.05)
    whole = points_of(client)
    assert whole["total"] == 500
    halves = ["24.5,60,24.7,60.3", "24.7,60,24.9,60.3"]
    assert [points_of(client, f"box={box}")["total"] for box in halves] == [200, 300]
    quarter = points_of(client, "box=24.6,60.15,24.65,60.175")
    assert quarter["total"] == 20
    assert not quarter["clustered"]


@only_sqlite
def test_matters_without_a_point_stand_in_their_district(
    client: FlaskClient, make: Factory, fill: Fill
) -> None:
    matter = make.matter(title="Valot jonnekin Olariin")
    olari = get_city().districts["olari"]
    (feature,) = points_of(client)["features"]
    assert feature["geometry"]["coordinates"] == [round(olari.lon, 5), round(olari.lat, 5)]
    assert feature["properties"]["around"] == "Olari"
    assert feature["properties"]["url"] == f"/en/matters/{matter.id}"
    fill(500, area="suur-matinkyla", district="olari")
    (feature,) = points_of(client)["features"]
    assert feature["properties"] == {
        "around": "Olari",
        "area": "suur-matinkyla",
        "count": 501,
    }
    assert points_of(client, "box=24,60,24.1,60.1")["features"] == []


@only_sqlite
def test_the_largest_answer_is_under_60_kb(client: FlaskClient, fill: Fill) -> None:
    city = get_city()
    dice = random.Random(2)
    box = maps.bounds(city)
    fill(
        4000,
        lat=lambda _: dice.uniform(box.south, box.north),
        lon=lambda _: dice.uniform(box.west, box.east),
    )
    for district in city.districts.values():
        fill(8, area=district.area, district=district.key)
    found = points_of(client, "&".join(f"service={key}" for key in city.services))
    assert found["total"] == 4000 + 8 * len(city.districts)
