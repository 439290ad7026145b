"""Whatever stands in an address or a form, the answer is a clear page with the right status."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.factories import Factory

both = pytest.mark.parametrize("dialect", ["sqlite", "postgresql"], indirect=True)


def cursor(*parts: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


WHEN = "2026-03-09 09:00:00+00:00"
BROKEN = [
    "%ff",
    "%00",
    "abc",
    "-1",
    "null",
    cursor(),
    cursor("n"),
    cursor("x", WHEN, 1),
    cursor("n", WHEN),
    cursor("n", WHEN, 1, 2),
    cursor("n", "yesterday", 1),
    cursor("n", WHEN, "1"),
    cursor("n", WHEN, -1),
    cursor("n", WHEN, 2**31),
    cursor("n", WHEN, 10**30),
    cursor("n", WHEN, 1.5),
    cursor("n", 1, WHEN),
    cursor("n", None, None),
    cursor("n", [WHEN], {"a": 1}),
    cursor("n", "0001-01-01T00:00:00+14:00", 1),
    cursor({"n": 1}, WHEN, 1),
    base64.urlsafe_b64encode(b'["n",' + b"[" * 3000).decode(),
    base64.urlsafe_b64encode(b"[" * 3000 + b"]" * 3000).decode(),
]


@both
@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("sort", ["newest", "supported"])
def test_a_broken_cursor_is_not_found(client: FlaskClient, broken: str, sort: str) -> None:
    answer = client.get(f"/en/matters?sort={sort}&cursor={broken}")
    assert answer.status_code == 404
    assert "<h1>The page was not found</h1>" in answer.text


@both
@pytest.mark.parametrize(
    "narrowed",
    [
        "area=nowhere&theme=x&unit=y&state=draft&state=z&kind=motion",
        "area=%ff&state=%c3%28",
        "area=suur-tapiola%00",
        "sort=%ff&late=2",
        "page=-1&cursor=",
        "q=%ff",
        "q=%00",
        "q=%ED%A0%80",
        "q=!!!",
        "q=%22+OR+1%3D1+--+*+%27",
        "q=NEAR(a+b)+AND+NOT+title:x*",
        "endpoint=x&_anchor=y&_method=POST&_scheme=z&_external=1&values=1&lang=de&matter_id=7",
        "&".join(["area=suur-tapiola"] * 500),
    ],
)
def test_what_nobody_knows_is_left_out(client: FlaskClient, make: Factory, narrowed: str) -> None:
    make.matter(area="suur-tapiola", district=None, lat=60.18, lon=24.8)
    answer = client.get(f"/en/matters?{narrowed}")
    assert answer.status_code == 200
    assert client.get(f"/en/matters/points.geojson?{narrowed}").status_code == 200


@both
@pytest.mark.parametrize("words", ["a" * 3000, "ä " * 1500, "%F0%9F%98%80" * 300, "1.2." * 500])
def test_a_long_search_is_cut(client: FlaskClient, words: str) -> None:
    assert client.get(f"/en/matters?q={words}").status_code == 200


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_raw_bytes_in_the_query_do_no_harm(client: FlaskClient) -> None:
    for query in ("q=\xff\xfe", "area=\xc3(", "\xff=1", "cursor="):
        answer = client.get("/en/matters", environ_overrides={"QUERY_STRING": query})
        assert answer.status_code == 200


@both
@pytest.mark.parametrize(
    "number", ["0", "-1", "2147483648", "9" * 30, "1e3", "%ff", "%00", "1%00", "abc", "1.0"]
)
def test_unknown_matters_are_not_found(
    client: FlaskClient, make: Factory, sign_in: Callable[..., None], number: str
) -> None:
    sign_in(client, make.actor())
    for path in ("", "/versions", "/edit", "/withdraw", "/draft/2"):
        answer = client.get(f"/en/matters/{number}{path}")
        assert answer.status_code == 404, path
        assert "<h1>" in answer.text
    for path in ("/support", "/unsupport", "/sign", "/publish"):
        assert client.post(f"/en/matters/{number}{path}").status_code == 404, path


@both
@pytest.mark.parametrize(
    ("version", "status"),
    [("0", 404), ("-1", 404), ("2", 404), ("9" * 25, 404), ("abc", 200), ("%ff", 200), ("1", 200)],
)
def test_versions_that_are_not_there(
    client: FlaskClient, make: Factory, version: str, status: int
) -> None:
    matter = make.matter()
    assert client.get(f"/en/matters/{matter.id}/versions?version={version}").status_code == status


@both
@pytest.mark.parametrize(
    "box",
    ["", "1,2,3", "a,b,c,d", "nan,1,2,3", "24,60,inf,61", "25,61,24,60", "1e400,0,1,2", "%ff"],
)
def test_a_wrong_box_is_the_whole_map(client: FlaskClient, make: Factory, box: str) -> None:
    make.matter(lat=60.176, lon=24.732)
    answer = client.get(f"/en/matters/points.geojson?box={box}")
    assert answer.status_code == 200
    assert len(json.loads(answer.data)["features"]) == 1


@both
def test_null_bytes_and_long_names_are_refused_on_the_forms(
    client: FlaskClient, make: Factory, sign_in: Callable[..., None]
) -> None:
    author = make.actor()
    own, other = make.matter(author), make.matter(kind="initiative")
    sign_in(client, author)
    for name in ("Aino\x00Asukas", "x" * 121):
        assert client.post(f"/en/matters/{other.id}/sign", data={"name": name}).status_code == 422
    for reason in ("\x00", "x" * 2001):
        address = f"/en/matters/{own.id}/withdraw"
        assert client.post(address, data={"reason": reason}).status_code == 422
    bad = {"title": "Otsikko \x00 tässä", "body": "Teksti"}
    assert client.post(f"/en/matters/{own.id}/edit", data=bad).status_code == 422
