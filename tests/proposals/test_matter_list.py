"""The public list: what it shows, how it is narrowed, ordered and paged, and what it costs."""

import html
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.core import clock
from app.core.access import SYSTEM
from app.core.command import command
from app.extensions import db
from app.journal import Kind, record
from app.proposals import support as supporting
from app.proposals.lifecycle import MatterKind
from app.proposals.models import Matter
from tests.factories import Factory

only_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)

Fill = Callable[..., None]


@command
def step(kind: Kind, matter: Matter, **facts: Any) -> None:
    record(kind, matter, SYSTEM, **facts)


def register(matter: Matter, unit: str = "street_engineering") -> None:
    step(Kind.REGISTERED, matter, case_number=f"{matter.id}/2026", unit=unit)


def page_of(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    return html.unescape(answer.text)


def titles(page: str) -> list[str]:
    return re.findall(r'<h3[^>]*><a href="/en/matters/\d+">([^<]+)</a></h3>', page)


def heading(page: str) -> str:
    found = re.search(r'<h2 class="mb0">([^<]+)</h2>', page)
    assert found
    return found[1].replace("\xa0", " ")


def link(page: str, rel: str) -> str | None:
    found = re.search(rf'<a href="([^"]+)" rel="{rel}">', page)
    return found[1] if found else None


@only_sqlite
def test_an_empty_list_says_what_to_do(client: FlaskClient) -> None:
    page = page_of(client, "/en/matters")
    assert heading(page) == "0 matters"
    assert "Nothing has been proposed yet" in page


@only_sqlite
def test_a_card_tells_state_place_holder_clock_and_supporters(
    client: FlaskClient, make: Factory
) -> None:
    matter = make.matter(title="Valot ulkoilureitille Olariin")
    supporting.support_proposal(make.actor(), matter.id)
    register(matter)
    page = page_of(client, "/en/matters")
    assert titles(page) == ["Valot ulkoilureitille Olariin"]
    card = page.partition('<ul class="matters">')[2].partition("</ul>")[0].replace("\xa0", " ")
    for text in ("Registered", "Proposal", "Olari", "City Engineering", "1 supporter"):
        assert text in card.replace("\xad", "")
    assert "Estimate of the handling time by 9 April, in 31 days" in card
    assert 'lang="fi"' in card


@only_sqlite
def test_drafts_and_hidden_matters_are_not_listed(client: FlaskClient, make: Factory) -> None:
    make.draft(title="Tätä ei ole vielä julkaistu")
    hidden = make.matter(title="Tämä on piilotettu asia")
    step(Kind.HIDDEN, hidden, rule="spam")
    page = page_of(client, "/en/matters")
    assert titles(page) == []
    assert heading(page) == "0 matters"


@pytest.fixture
def varied(make: Factory) -> dict[str, Matter]:
    """Four matters that differ in every filter."""
    lights = make.matter(title="Valot ulkoilureitille")
    swings = make.matter(
        title="Keinut leikkipuistoon",
        kind=MatterKind.FEEDBACK,
        theme="parks",
        service="playgrounds",
        area="suur-tapiola",
        district=None,
    )
    hall = make.matter(
        title="Uimahalliin lisää aikoja",
        kind=MatterKind.INITIATIVE,
        theme="sports",
        service="swimming_halls",
        area=None,
        district=None,
    )
    late = make.matter(title="Suojatie koulun eteen", theme="traffic", service="crossings")
    register(swings)
    register(hall, "sports")
    step(
        Kind.OVERDUE,
        late,
        clock="acknowledge",
        ref="",
        first_due=clock.now() + timedelta(days=2),
    )
    return {"lights": lights, "swings": swings, "hall": hall, "late": late}


@pytest.mark.parametrize(
    ("narrowed", "left"),
    [
        ("area=suur-tapiola", {"swings"}),
        ("area=suur-tapiola&area=suur-matinkyla", {"swings", "lights", "late"}),
        ("theme=sports&theme=parks", {"swings", "hall"}),
        ("state=registered", {"swings", "hall"}),
        ("unit=sports", {"hall"}),
        ("kind=initiative&kind=feedback", {"swings", "hall"}),
        ("late=1", {"late"}),
        ("q=keinu", {"swings"}),
        ("q=SUOJATIE&area=suur-matinkyla", {"late"}),
        ("area=suur-tapiola&unit=sports", set()),
        ("area=suur-matinkyla&state=published&kind=proposal", {"lights", "late"}),
    ],
)
def test_filters_narrow_the_list(
    client: FlaskClient, varied: dict[str, Matter], narrowed: str, left: set[str]
) -> None:
    page = page_of(client, f"/en/matters?{narrowed}")
    assert set(titles(page)) == {varied[name].title for name in left}
    number = len(left)
    assert heading(page) == f"{number} matter{'' if number == 1 else 's'}"
    if not left:
        assert "Nothing was found" in page


@only_sqlite
def test_kept_counts_stand_beside_the_options(
    client: FlaskClient, varied: dict[str, Matter]
) -> None:
    page = page_of(client, "/en/matters")

    def count_of(name: str, value: str) -> tuple[str, bool]:
        found = re.search(
            rf'name="{name}" value="{value}"( checked)?><span>[^<]+</span><span class="n">([^<]+)<',
            page,
        )
        assert found
        return found[2], bool(found[1])

    assert count_of("area", "suur-matinkyla") == ("2", False)
    assert count_of("area", "suur-kauklahti") == ("0", False)
    assert count_of("state", "registered") == ("2", False)
    assert count_of("theme", "traffic") == ("1", False)
    assert count_of("service", "crossings") == ("1", False)
    assert count_of("unit", "sports") == ("1", False)
    assert count_of("language", "fi") == ("4", False)
    assert count_of("late", "1") == ("1", False)
    assert 'value="answered"' not in page


@only_sqlite
def test_active_filters_are_tags_that_can_be_removed(
    client: FlaskClient, varied: dict[str, Matter]
) -> None:
    page = page_of(client, "/en/matters?q=valot&area=suur-matinkyla&kind=proposal&late=1")
    tags = dict(re.findall(r'<li><a href="([^"]+)">([^<]+)<svg', page.partition('class="tags"')[2]))
    assert set(tags.values()) == {"“valot”", "Suur-Matinkylä", "Proposal", "Only late ones"}
    without_area = next(url for url, text in tags.items() if text == "Suur-Matinkylä")
    assert without_area == "/en/matters?q=valot&kind=proposal&late=1"
    assert "Clear all filters" in page


@only_sqlite
def test_search_and_order_keep_the_filters(client: FlaskClient, varied: dict[str, Matter]) -> None:
    page = page_of(client, "/en/matters?area=suur-matinkyla&area=suur-tapiola&sort=supported")
    search = page.partition('role="search"')[2].partition("</form>")[0]
    assert search.count('name="area"') == 2
    assert 'name="sort" value="supported"' in search
    order = page.partition('class="row no-print" action')[2].partition("</form>")[0]
    assert order.count('name="area"') == 2
    assert 'value="supported" selected' in order


@only_sqlite
def test_matters_can_be_ordered(client: FlaskClient, make: Factory, held: Any) -> None:
    first = make.matter(title="Ensimmäinen asia täällä", kind=MatterKind.INITIATIVE)
    held(clock.now() + timedelta(hours=1))
    second = make.matter(title="Toinen asia täällä", kind=MatterKind.FEEDBACK)
    held(clock.now() + timedelta(hours=1))
    third = make.matter(title="Kolmas asia täällä")
    supporting.support_proposal(make.actor(), first.id)
    for matter in (first, second):
        register(matter)
    step(Kind.WITHDRAWN, third, reason="digest")
    step(Kind.ESTIMATED, first, until="2026-05-01", contact="digest")
    step(Kind.ESTIMATED, second, until="2026-03-20", contact="digest")
    newest = [third.title, second.title, first.title]
    assert titles(page_of(client, "/en/matters")) == newest
    supported = titles(page_of(client, "/en/matters?sort=supported"))
    assert supported == [first.title, third.title, second.title]
    page = page_of(client, "/en/matters?sort=soonest")
    assert titles(page) == [second.title, first.title]
    assert heading(page) == "2 matters"
    assert "Matters without a deadline are not shown" in page


def test_what_was_searched_for_stands_best_first_or_as_asked(
    client: FlaskClient, make: Factory
) -> None:
    first = make.matter(title="Penkkejä rannalle kesäksi")
    second = make.matter(title="Valoja torille talveksi", body="Siellä on penkki, mutta ei valoa.")
    supporting.support_proposal(make.actor(), first.id)
    page = page_of(client, "/en/matters?q=penkki")
    assert titles(page) == [first.title, second.title]
    assert '<option value="" selected>Best match first' in page
    assert titles(page_of(client, "/en/matters?q=penkki&sort=newest")) == [
        second.title,
        first.title,
    ]
    page = page_of(client, "/en/matters?q=penkki&sort=supported")
    assert titles(page) == [first.title, second.title]
    assert 'value="supported" selected' in page


def test_pages_by_relevance_lead_through_all_hits(client: FlaskClient, make: Factory) -> None:
    wanted = [
        make.matter(title=f"Penkki numero {n} {'torille' if n % 3 else ''}") for n in range(23)
    ]
    first = page_of(client, "/en/matters?q=penkki+numero+torille")
    assert len(titles(first)) == len([m for m in wanted if "torille" in m.title])
    first = page_of(client, "/en/matters?q=penkki")
    following = link(first, "next")
    assert following
    second = page_of(client, following)
    assert sorted(titles(first) + titles(second)) == sorted(m.title.strip() for m in wanted)
    back = link(second, "prev")
    assert back
    assert titles(page_of(client, back)) == titles(first)


@only_sqlite
def test_too_many_hits_come_newest_first_and_the_page_says_so(
    client: FlaskClient, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = make.matter(title="Penkki ja penkki torille")
    new = make.matter(title="Valoja torille talveksi", body="Siellä on penkki, mutta ei valoa.")
    assert "newest come first" not in page_of(client, "/en/matters?q=penkki&area=suur-matinkyla")
    monkeypatch.setattr("app.search.queries.MANY", 1)
    for narrowed in ("q=penkki", "q=penkki&kind=proposal"):
        page = page_of(client, f"/en/matters?{narrowed}")
        assert titles(page) == [new.title, old.title]
        assert "matters have these words. That is too many" in page


@only_sqlite
def test_a_slip_of_the_fingers_is_offered_mended(client: FlaskClient, make: Factory) -> None:
    matter = make.matter(title="Leikkipuisto Olariin")
    page = page_of(client, "/en/matters?q=leikkipiusto&area=suur-matinkyla")
    found = re.search(r'href="([^"]+)">Search for “leikkipuisto”', page)
    assert found
    assert titles(page_of(client, found[1])) == [matter.title]


@pytest.mark.parametrize("sort", ["newest", "supported", "soonest", "waiting"])
def test_pages_lead_through_the_whole_list_and_back(
    client: FlaskClient, fill: Fill, sort: str
) -> None:
    due = clock.now() + timedelta(days=3)
    fill(
        45,
        supporters=lambda n: n % 3,
        next_due=lambda n: due + timedelta(days=n % 4),
        next_due_kind="answer",
    )
    seen: list[str] = []
    address: str | None = f"/en/matters?sort={sort}&kind=proposal"
    pages = []
    while address:
        page = page_of(client, address)
        pages.append(titles(page))
        seen += titles(page)
        last, address = page, link(page, "next")
    assert [len(titles_of) for titles_of in pages] == [20, 20, 5]
    assert len(set(seen)) == 45
    back = link(last, "prev")
    assert back
    assert "kind=proposal" in back
    assert titles(page_of(client, back)) == pages[1]


@only_sqlite
def test_new_matters_do_not_shift_the_next_page(
    client: FlaskClient, fill: Fill, make: Factory
) -> None:
    fill(25)
    first = page_of(client, "/en/matters")
    following = link(first, "next")
    assert following
    make.matter(title="Juuri nyt julkaistu asia")
    assert not set(titles(first)) & set(titles(page_of(client, following)))


@only_sqlite
def test_a_filtered_number_is_exact_up_to_a_thousand(client: FlaskClient, fill: Fill) -> None:
    fill(1000, area="suur-tapiola")
    assert heading(page_of(client, "/en/matters?area=suur-tapiola")) == "1 000 matters"
    fill(1, area="suur-tapiola")
    assert heading(page_of(client, "/en/matters?area=suur-tapiola")) == "1 000+ matters"
    assert heading(page_of(client, "/en/matters")) == "1 001 matters"
    assert heading(page_of(client, "/en/matters?area=suur-kauklahti")) == "0 matters"


ADDRESSES = [
    "",
    "sort=supported",
    "sort=soonest",
    "area=suur-tapiola&area=suur-matinkyla",
    "area=suur-tapiola&theme=parks&state=registered&unit=sports&kind=feedback&late=1",
    "area=suur-tapiola&theme=parks&sort=supported",
    "late=1&sort=soonest",
    "sort=waiting&service=playgrounds&body=tela&language=sv",
    "from=2026-02-01&to=2026-03-01",
    "q=valot",
    "q=valot+puisto&area=suur-tapiola&late=1&sort=newest",
]


@only_sqlite
@pytest.mark.parametrize("narrowed", ADDRESSES)
def test_a_page_costs_eight_queries_at_most_and_none_of_them_per_matter(
    client: FlaskClient, fill: Fill, watch: Callable[[], Any], narrowed: str
) -> None:
    fill(2, area="suur-tapiola", holder_unit="sports")
    page_of(client, "/en/matters?state=closed")
    with watch() as few:
        page_of(client, f"/en/matters?{narrowed}")
    fill(40, area="suur-tapiola", holder_unit="sports")
    with watch() as many:
        page_of(client, f"/en/matters?{narrowed}")
    # a search without hits asks for each of its few words whether it was mistyped
    assert len(many) <= (10 if "q=" in narrowed else 8), [sql for sql, _ in many]
    assert len(few) == len(many)


@only_sqlite
def test_a_search_costs_eight_queries_at_most(
    client: FlaskClient, make: Factory, watch: Callable[[], Any]
) -> None:
    for n in range(3):
        make.matter(title=f"Valot puistoon numero {n}")
    page_of(client, "/en/matters?state=closed")
    for narrowed in (
        "q=valot",
        "q=valot+puisto&area=suur-matinkyla",
        "q=vlaot",
        "q=valot&body=tela",
    ):
        with watch() as seen:
            page_of(client, f"/en/matters?{narrowed}")
        assert len(seen) <= 8, (narrowed, [sql for sql, _ in seen])


SMALL = ("topic", "matter_count", "municipality", "area", "district", "unit", "body", "theme")


@only_sqlite
@pytest.mark.parametrize("narrowed", ADDRESSES)
@pytest.mark.parametrize("page", ["/en/matters", "/en/matters/points.geojson"])
def test_every_query_uses_an_index(
    client: FlaskClient, fill: Fill, watch: Callable[[], Any], narrowed: str, page: str
) -> None:
    fill(3, area="suur-tapiola", lat=60.17, lon=24.8)
    client.get("/en/matters")
    with watch() as seen:
        assert client.get(f"{page}?{narrowed}").status_code == 200
    for sql, parameters in seen:
        connection = db.session.connection()
        plan = [
            row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", parameters)
        ]
        scans = [line for line in plan if line.startswith("SCAN") and "INDEX" not in line]
        tables = {line.split()[1] for line in scans} - set(SMALL)
        stored = tables & set(db.metadata.tables)
        assert not stored, (sql, plan)


@only_sqlite
def test_the_list_is_cached_until_a_matter_changes(
    client: FlaskClient, make: Factory, watch: Callable[[], Any]
) -> None:
    matter = make.matter(title="Valot ulkoilureitille Olariin")
    answer = client.get("/en/matters?kind=proposal")
    assert answer.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert "csrf" not in answer.text
    with watch() as seen:
        again = client.get(
            "/en/matters?kind=proposal", headers={"If-None-Match": answer.headers["ETag"]}
        )
    assert again.status_code == 304
    assert seen == []
    register(matter)
    assert "Registered</span>" in client.get("/en/matters?kind=proposal").text


@only_sqlite
def test_signed_in_people_get_their_own_page(
    client: FlaskClient, make: Factory, sign_in: Callable[..., None]
) -> None:
    sign_in(client, make.actor())
    assert client.get("/en/matters").headers["Cache-Control"] == "private, no-store"


@only_sqlite
def test_the_small_map_counts_and_links_the_areas(
    client: FlaskClient, varied: dict[str, Matter]
) -> None:
    page = page_of(client, "/en/matters?area=suur-tapiola&kind=feedback")
    assert (
        'href="/en/matters?kind=feedback&area=suur-matinkyla" aria-label="Suur-Matinkylä">' in page
    )
    assert 'href="/en/matters?kind=feedback" aria-label="Suur-Tapiola: 1" aria-current' in page
    assert 'data-geojson="/en/matters/points.geojson?kind=feedback&area=suur-tapiola"' in page
    page = page_of(client, "/en/matters?kind=feedback")
    assert 'aria-label="Suur-Matinkylä: 0"' in page
    whole_city = page_of(client, "/en/matters").partition('class="areas"')[2].partition("</ul>")[0]
    assert ">Suur-Matinkylä</a><span" in whole_city
    assert 'The whole city</span><span class="num">1<' in whole_city


@only_sqlite
def test_words_of_the_clock_follow_the_date(
    client: FlaskClient, make: Factory, held: Callable[[datetime], None]
) -> None:
    make.matter()
    assert "Case number by 11\xa0March, in 2 days" in page_of(client, "/en/matters")
    held(clock.now() + timedelta(days=5))
    assert "Case number 3 days late, was due 11\xa0March" in page_of(client, "/en/matters")


@only_sqlite
def test_filtered_numbers_tell_what_each_option_would_leave(
    client: FlaskClient, varied: dict[str, Matter]
) -> None:
    def numbers(narrowed: str) -> dict[tuple[str, str], str]:
        page = page_of(client, f"/en/matters?{narrowed}").partition('class="only-wide')[2]
        option = (
            r'name="(\w+)" value="([^"]+)"[^>]*><span>[^<]+</span>(?:<span class="n">([^<]+)<)?'
        )
        return {(name, value): n for name, value, n in re.findall(option, page) if n}

    alone = numbers("kind=feedback")
    assert [alone["kind", kind] for kind in ("feedback", "proposal", "initiative")] == list("121")
    assert alone["state", "registered"] == "1"
    assert alone["theme", "traffic"] == alone["late", "1"] == "0"
    both = numbers("area=suur-matinkyla&kind=proposal")
    assert both["area", "suur-matinkyla"] == both["kind", "proposal"] == "2"
    assert ("area", "suur-tapiola") not in both
    assert ("kind", "feedback") not in both
    assert both["service", "crossings"] == both["service", "street_lighting"] == "1"
    assert both["late", "1"] == "1"


@only_sqlite
def test_of_very_many_matters_no_wrong_number_is_shown(
    client: FlaskClient, fill: Fill, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(12, area="suur-tapiola")
    fill(3, area="suur-matinkyla", kind=MatterKind.FEEDBACK)
    monkeypatch.setattr("app.proposals.list_queries.FACETED", 10)
    page = page_of(client, "/en/matters?kind=proposal").partition('class="only-wide')[2]
    beside = dict(
        re.findall(r'value="([^"]+)"[^>]*><span>[^<]+</span><span class="n">([^<]+)<', page)
    )
    assert beside == {"feedback": "3", "proposal": "12", "initiative": "0"}, "kept, and right"


@only_sqlite
def test_a_list_has_one_address_and_forms_lead_to_it(
    client: FlaskClient, varied: dict[str, Matter]
) -> None:
    sent = "q=&kind=proposal&area=suur-matinkyla&from=2026-03-01&to=&sort="
    answer = client.get(f"/en/matters?{sent}")
    assert answer.status_code == 302
    short = "/en/matters?kind=proposal&area=suur-matinkyla&from=2026-03-01"
    assert answer.location == short
    page = page_of(
        client, "/en/matters?from=2026-03-01&area=suur-matinkyla&x=1&kind=proposal&kind=y"
    )
    assert f'<link rel="canonical" href="{short}">' in page


@only_sqlite
def test_a_period_has_its_first_and_last_day_in_it(
    client: FlaskClient, make: Factory, held: Any
) -> None:
    made = {}
    for day in (1, 2, 3):
        held(datetime(2026, 2, day, 22, 30, tzinfo=UTC) - timedelta(days=1))  # 0.30 in Espoo
        made[day] = make.matter(title=f"Päivän {day} asia täällä").title
    held(datetime(2026, 2, 20, 9, tzinfo=UTC))
    for narrowed, left in {
        "from=2026-02-02": {2, 3},
        "to=2026-02-02": {1, 2},
        "from=2026-02-02&to=2026-02-02": {2},
        "from=2026-02-03&to=2026-02-02": {2, 3},
        "from=2026-02-30&to=next+year": {1, 2, 3},
    }.items():
        assert set(titles(page_of(client, f"/en/matters?{narrowed}"))) == {made[d] for d in left}
    page = page_of(client, "/en/matters?from=2026-02-02&to=2026-02-02")
    assert "Published 2/2/2026–2/2/2026" in page
    assert '<a href="/en/matters?from=2026-02-01">This month</a>' in page
    assert '<a href="/en/matters?from=2026-01-01">This year</a>' in page


@only_sqlite
def test_the_longest_wait_for_an_answer_comes_first(
    client: FlaskClient, make: Factory, held: Any
) -> None:
    first = make.matter(title="Ensimmäinen asia täällä")
    held(clock.now() + timedelta(hours=1))
    second = make.matter(title="Toinen asia täällä")
    gone = make.matter(title="Vedetty pois takaisin")
    step(Kind.WITHDRAWN, gone, reason="digest")
    held(clock.now() + timedelta(hours=1))
    register(first)
    page = page_of(client, "/en/matters?sort=waiting")
    assert titles(page) == [first.title, second.title]
    assert heading(page) == "2 matters"
    assert "Only matters that wait for an answer are shown" in page
    assert "points.geojson?sort=waiting" in page
