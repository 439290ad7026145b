"""Files of decisions: what is read from each shape, and what a bad file or item does."""

import json
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app.core.errors import Invalid
from app.decisions.formats import Format, read_file
from app.decisions.reading import (
    BYTES_LIMIT,
    ITEMS_LIMIT,
    BadItem,
    Hints,
    Problem,
    Reading,
    day_of,
    decode,
    plain,
    web_address,
)
from app.decisions.rss import read_rss

DATA = Path(__file__).parent / "data"


def read(name: str, form: Format = Format.AUTO, hints: Hints | None = None) -> Reading:
    """A file of the data folder."""
    return read_file((DATA / name).read_bytes(), form, hints or Hints(name=Path(name).stem))


def rss(*items: str, head: str = '<?xml version="1.0"?>') -> bytes:
    """A feed with these items."""
    inside = "".join(f"<item>{item}</item>" for item in items)
    return f'{head}<rss version="2.0"><channel>{inside}</channel></rss>'.encode()


def item(title: str = "Valot", number: str = "1-2", **fields: str) -> str:
    """The inside of one item."""
    more = "".join(f"<{name}>{text}</{name}>" for name, text in fields.items())
    return f"<title>{title}</title><link>https://example.org/?id={number}</link>{more}"


def refusal(act: Callable[[], Any]) -> str:
    """The code with which a whole file is refused."""
    with pytest.raises(Invalid) as caught:
        act()
    return caught.value.code


# ---------- the shapes ----------


def test_a_dynasty_feed_tells_body_meeting_section_and_case_number() -> None:
    lights, path, budget = read("dynasty_items.xml").decisions
    assert lights.external_id == "20260412-6"
    assert lights.case_number == "41/10.03.01/2026"
    assert lights.decided_on == date(2026, 4, 22)
    assert lights.body_name == "Tekninen lautakunta"
    assert lights.meeting is not None
    assert (lights.meeting.ref, lights.meeting.day) == ("20260412", date(2026, 4, 22))
    assert lights.url == (
        "https://paatokset.example.org:443/cgi/DREQUEST.PHP?page=meetingitem&id=20260412-6"
    )
    assert path.section == "38"
    assert path.titles == {"fi": "Kevyen liikenteen väylä Länsirannan ja Äijänpellon välillä"}
    assert path.case_number == "42/10.03.01/2026"
    assert budget.case_number is None


def test_a_dynasty_feed_of_meetings_gives_meetings_and_no_decisions() -> None:
    reading = read("dynasty_meetings.xml")
    assert reading.decisions == []
    assert [(m.body_name, m.day, m.ref) for m in reading.meetings] == [
        ("Tekninen lautakunta", date(2026, 4, 22), "20260412"),
        ("Kaupunginhallitus", date(2026, 5, 4), "20260518"),
    ]


def test_an_ahjo_case_gives_its_decisions_in_both_languages_and_not_its_drafts() -> None:
    finnish, swedish = read("ahjo_case.json").decisions
    assert finnish.external_id == "A1B2-02"
    assert finnish.case_number == "HEL 2026-000417"
    assert finnish.titles == {"fi": "Kirjaston aukioloaikojen pidentäminen"}
    assert finnish.decided_on == date(2026, 2, 16)
    assert finnish.url == "https://julkaisu.example.org/A1B2-02.pdf"
    assert swedish.titles == {"sv": "Förlängda öppettider på biblioteket"}


def test_an_ahjo_list_of_cases_has_no_decisions_and_no_problems() -> None:
    reading = read("ahjo_cases.json")
    assert (reading.decisions, reading.problems) == ([], [])


def test_an_ahjo_record_tells_its_meeting_and_names_nobody() -> None:
    (record,) = read("ahjo_record.json").decisions
    assert record.case_number is None
    assert record.decided_on == date(2026, 3, 2)
    assert record.meeting is not None
    assert (record.meeting.ref, record.meeting.body_ref) == ("0040020267", "00400")
    assert "Keksitty" not in repr(record)


def test_espoos_actions_have_section_and_title_and_the_day_that_is_given() -> None:
    first, *_rest = read("espoo_actions.json", hints=Hints(day=date(2026, 4, 20))).decisions
    assert (first.external_id, first.section) == ("2026417001-3", "51")
    assert first.titles == {"fi": "Koulupihan kunnostaminen (Kv-asia)"}
    assert first.decided_on == date(2026, 4, 20)
    assert first.meeting is not None
    assert first.meeting.ref == "2026417001"
    assert read("espoo_actions.json").decisions[0].meeting is None


def test_espoos_contents_give_the_case_number_with_its_function_and_no_names() -> None:
    (decision,) = read("espoo_contents.json").decisions
    assert decision.external_id == "espoo_contents"
    assert decision.case_number == "0041/10.03.01/2026"
    assert "Keksitty" not in repr(decision)


def test_espoos_actions_may_have_their_contents_inside() -> None:
    actions = json.loads((DATA / "espoo_actions.json").read_text(encoding="utf-8"))
    actions[0]["contents"] = json.loads((DATA / "espoo_contents.json").read_text(encoding="utf-8"))
    data = json.dumps(actions).encode()
    assert read_file(data, Format.AUTO, Hints()).decisions[0].case_number == "0041/10.03.01/2026"


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "[]",
        "null",
        "3",
        '"text"',
        '{"Ayes": {}}',
        '[{"sourceId": "1", "name": "Lautakunta"}]',
    ],
)
def test_json_without_decisions_is_refused_whole(text: str) -> None:
    assert refusal(lambda: read_file(text.encode(), Format.AUTO, Hints())) == "unknown_shape"


def test_a_format_that_is_named_is_not_guessed() -> None:
    assert refusal(lambda: read("ahjo_case.json", Format.RSS)) == "not_rss"
    assert refusal(lambda: read("dynasty_items.xml", Format.AHJO)) == "not_json"
    assert refusal(lambda: read("ahjo_case.json", Format.ESPOO)) == "unknown_shape"


# ---------- bombs ----------

LAUGHS = """<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "ha">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">
<!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;">]>
<rss><channel><item><title>&e;</title></item></channel></rss>"""
OUTSIDE = """<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<rss><channel><item><title>&x;</title></item></channel></rss>"""
QUADRATIC = (
    f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "{"x" * 50_000}">]>'
    f"<rss><channel><item><title>{'&a;' * 10_000}</title></item></channel></rss>"
)
PARAMETER = """<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY % p SYSTEM "http://127.0.0.1/x"> %p;]>
<rss/>"""
ELSEWHERE = '<?xml version="1.0"?><!DOCTYPE rss SYSTEM "http://127.0.0.1/x.dtd"><rss/>'


@pytest.mark.parametrize("bomb", [LAUGHS, OUTSIDE, QUADRATIC, PARAMETER, ELSEWHERE])
def test_an_entity_bomb_is_refused_at_once(bomb: str) -> None:
    started = time.perf_counter()
    assert refusal(lambda: read_rss(bomb.encode(), Hints())) == "has_doctype"
    assert time.perf_counter() - started < 1


def test_a_file_that_is_too_large_is_refused() -> None:
    assert refusal(lambda: decode(b"x" * (BYTES_LIMIT + 1))) == "file_too_large"


def test_a_file_that_is_nested_too_deep_is_refused() -> None:
    deep = f"<rss><channel>{'<a>' * 100}{'</a>' * 100}</channel></rss>"
    assert refusal(lambda: read_rss(deep.encode(), Hints())) == "file_too_deep"
    nested = b"[" * 200_000
    assert refusal(lambda: read_file(nested, Format.AUTO, Hints())) == "file_too_deep"


def test_a_file_with_too_many_items_is_refused() -> None:
    many = rss(*(item(number=f"1-{n}") for n in range(ITEMS_LIMIT + 1)))
    assert refusal(lambda: read_rss(many, Hints())) == "too_many_items"
    listed = [{"sourceId": n, "articleNumber": "1", "title": "x"} for n in range(ITEMS_LIMIT + 1)]
    data = json.dumps(listed).encode()
    assert refusal(lambda: read_file(data, Format.AUTO, Hints())) == "too_many_items"


@pytest.mark.parametrize(
    "text", ["", "<rss>", "<rss><channel></rss>", "<html/>", "<feed/>", "text", "<rss>&nbsp;</rss>"]
)
def test_what_is_no_whole_rss_is_refused_whole(text: str) -> None:
    assert refusal(lambda: read_rss(text.encode(), Hints())) == "not_rss"


@pytest.mark.parametrize("text", ["{", "[1,", "{'a': 1}", '{"a": ' + "9" * 5000 + "}"])
def test_what_is_no_json_is_refused_whole(text: str) -> None:
    assert refusal(lambda: read_file(text.encode(), Format.AHJO, Hints())) == "not_json"


# ---------- encodings ----------

WORDS = "Äijänpellon väylä – Gräsvägen"


@pytest.mark.parametrize("declared", ["utf-8", "UTF-8", "iso-8859-1", "windows-1252"])
@pytest.mark.parametrize("real", ["utf-8", "utf-8-sig", "cp1252"])
def test_finnish_is_read_right_whatever_the_file_says_of_its_encoding(
    declared: str, real: str
) -> None:
    text = rss(item(WORDS), head=f'<?xml version="1.0" encoding="{declared}"?>').decode()
    (decision,) = read_rss(text.encode(real), Hints()).decisions
    assert decision.titles == {"fi": WORDS}


def test_json_in_iso_8859_1_is_read_too() -> None:
    text = (DATA / "ahjo_case.json").read_text(encoding="utf-8")
    reading = read_file(text.encode("iso-8859-1"), Format.AUTO, Hints())
    assert reading.decisions[1].titles == {"sv": "Förlängda öppettider på biblioteket"}


@pytest.mark.parametrize(
    "data",
    [
        '<?xml version="1.0" encoding="utf-16"?><rss/>'.encode("utf-16"),
        b'<?xml version="1.0" encoding="koi8-r"?><rss/>',
        b"<rss>\x81\x8d</rss>",
    ],
)
def test_another_encoding_is_refused(data: bytes) -> None:
    assert refusal(lambda: decode(data)) == "file_encoding"


# ---------- items ----------


def test_a_bad_item_is_reported_by_its_number_and_the_others_are_read() -> None:
    feed = rss(
        item("Hyvä", "1-1"),
        "<title>Nimetön</title>",
        item("x" * 30_000, "1-3"),
        item("Tekninen lautakunta 31.2.2026 / Helmikuu", "1-4"),
        item("Sama", "1-1"),
        item("Päivätön", "1-6", pubDate="eilen"),
        item("", "1-7"),
        item("Viimeinen", "1-8"),
    )
    reading = read_rss(feed, Hints())
    assert [d.titles["fi"] for d in reading.decisions] == ["Hyvä", "Viimeinen"]
    assert reading.problems == [
        Problem(2, "no_id"),
        Problem(3, "too_long"),
        Problem(4, "bad_date"),
        Problem(5, "same_id"),
        Problem(6, "bad_date"),
        Problem(7, "no_title"),
    ]


def test_an_ahjo_item_that_is_secret_or_of_the_wrong_type_is_reported() -> None:
    case = json.loads((DATA / "ahjo_case.json").read_text(encoding="utf-8"))
    secret = case | {"PublicityClass": "Salassa pidettävä"}
    hidden = case | {"Records": [case["Records"][1] | {"PublicityClass": "Salassa pidettävä"}]}
    numbered = case | {"CaseIDLabel": "jotain muuta"}
    listed = case | {"Records": "x"}
    titled = case | {"Records": [case["Records"][1] | {"Title": ["x"]}]}
    data = json.dumps({"cases": [secret, hidden, numbered, listed, titled, case, 3]}).encode()
    reading = read_file(data, Format.AHJO, Hints())
    assert len(reading.decisions) == 2
    assert [problem.code for problem in reading.problems] == [
        "not_public",
        "not_public",
        "bad_case_number",
        "wrong_type",
        "wrong_type",
        "wrong_type",
    ]


def test_words_after_a_case_number_are_left_out() -> None:
    case = json.loads((DATA / "ahjo_case.json").read_text(encoding="utf-8"))
    data = json.dumps(case | {"CaseIDLabel": "HEL 2026-000417 Lausunto 2"}).encode()
    decisions = read_file(data, Format.AHJO, Hints()).decisions
    assert {decision.case_number for decision in decisions} == {"HEL 2026-000417"}


def test_markup_and_line_breaks_are_taken_out_of_a_title() -> None:
    title = "<![CDATA[<b>Valot</b>\n&ndash; <script>alert(1)</script>reitille &amp; 5 < 6]]>"
    (decision,) = read_rss(rss(item(title)), Hints()).decisions
    assert decision.titles == {"fi": "Valot – reitille & 5 < 6"}


@pytest.mark.parametrize("sign", ["\x00", "\x1b", "\ud800", "\u202e"])
def test_a_text_that_cannot_be_stored_or_shown_is_refused(sign: str) -> None:
    with pytest.raises(BadItem, match="bad_text"):
        plain(f"Valot {sign} reitille", 100)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "ftp://example.org/x",
        "//example.org/x",
        "https://",
        "https://me:secret@example.org/",
        "https://example.org:99999/",
        "https://[::1/",
        "https://example.org/" + "x" * 1000,
    ],
)
def test_an_address_that_is_not_of_the_web_is_left_out(address: str) -> None:
    assert web_address(address) is None
    decisions = read_rss(
        rss(f"<title>Valot</title><guid>g1</guid><link>{address}</link>"), Hints()
    ).decisions
    assert [decision.url for decision in decisions] == [None]


def test_an_address_with_finnish_letters_is_kept_in_its_written_form() -> None:
    assert (
        web_address("https://example.org/päätös 1")
        == "https://example.org/p%C3%A4%C3%A4t%C3%B6s%201"
    )


def test_a_day_is_read_in_both_ways_and_only_a_real_one() -> None:
    assert day_of("2026-01-27T02:00:00.000") == date(2026, 1, 27)
    assert day_of("7.1.2026") == date(2026, 1, 7)
    assert day_of("") is None
    for text in ("2026-02-30", "0001-01-01", "31.2.2026", "tomorrow", "2026-1-1", "20260101"):
        with pytest.raises(BadItem, match="bad_date"):
            day_of(text)
