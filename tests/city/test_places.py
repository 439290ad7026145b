"""Places by name, where a point lies, and loading a file of places."""

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.city import geography, get_city, places

only_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


def loaded(path: Path = places.BUNDLED) -> tuple[int, list[places.Problem]]:
    return places.load_places(path, lambda _done, _total: None)


def test_a_place_is_found_by_its_beginning_or_an_address_with_a_number(context: Flask) -> None:
    taken, problems = loaded()
    assert taken > 80
    assert problems == []
    assert loaded() == (taken, [])
    assert [p.name for p in places.find_places("leppavaaran UI")] == ["Leppävaaran uimahalli"]
    for written in ("Siltakatu", "siltakatu 11 B 7, 02770 Espoo", " Siltakatu, Espoo"):
        assert [p.name for p in places.find_places(written)] == ["Siltakatu"]
    assert len(places.find_places("matinkylän")) == 3
    for nothing in ("", "x", "%", "__", "Mannerheimintie 1", "\x00", "9" * 5000, "a 1 " * 400):
        assert places.find_places(nothing) == []


@only_sqlite
def test_bad_rows_are_told_with_their_line(context: Flask, tmp_path: Path) -> None:
    path = tmp_path / "places.csv"
    rows = [
        "# approximate",
        "name,kind,language,lat,lon",
        "Sello,place,fi,60.218,24.81",
        "Sello,shop,fi,60.218,24.81",
        "Sello,place,de,60.218,24.81",
        "Sello,place,fi,x,24.81",
        "Turku,place,fi,60.45,22.27",
        ",place,fi,60.218,24.81",
        "Lyhyt,place",
    ]
    path.write_text("\n".join(rows), encoding="utf-8")
    taken, problems = loaded(path)
    assert taken == 1
    found = [(problem.line, problem.column) for problem in problems]
    assert found[:5] == [(4, "kind"), (5, "language"), (6, "lat"), (7, "lat"), (8, "name")]
    assert found[5][0] == 9


@only_sqlite
def test_a_point_belongs_to_an_area_and_the_nearest_district(context: Flask) -> None:
    city = get_city()
    for district in city.districts.values():
        spot = geography.locate(city, district.lat, district.lon)
        assert spot == geography.Spot(district.area, district.key)
    for lat, lon in ((60.2121, 24.7276), (60.17, 24.94), (24.7, 60.2), (float("nan"), 24.7)):
        assert geography.locate(city, lat, lon) is None


@only_sqlite
def test_the_pages_ask_for_places_and_points(client: FlaskClient) -> None:
    loaded()
    (place,) = client.get("/en/city/places?q=iso+omena").get_json()["places"]
    assert (place["value"], place["text"]) == ("district:matinkyla", "Matinkylä, Suur-Matinkylä")
    outside = client.get("/en/city/point?lat=60.17&lon=24.94").get_json()
    assert outside == {"value": "", "text": "The place is outside the city."}
    assert client.get("/en/city/point?lat=x").get_json()["value"] == ""
