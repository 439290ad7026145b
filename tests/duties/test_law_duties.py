"""What the law gives a deadline of its own: documents, accessibility, initiatives."""

import html
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from app.city import services as city
from app.core import clock as time
from app.core.access import Actor, Role
from app.core.errors import Forbidden, Invalid, WrongState
from app.duties import marks, services
from app.duties.queries import list_clocks
from app.duties.rules import Clock, ClockKind, Status
from app.extensions import db
from app.journal import Entry, Kind
from app.journal.queries import as_entry, list_entries
from app.journal.replay import differences
from app.proposals import support as supporting
from app.proposals.lifecycle import MatterKind
from app.proposals.models import Matter
from app.proposals.notes import list_notes
from tests.casework import OTHER_UNIT, WHY, Casework, both
from tests.conftest import START
from tests.factories import Factory
from tests.pages import page
from tests.steps import step

Move = Callable[[datetime], None]
DOCUMENTS, ACCESSIBILITY = ClockKind.DOCUMENT_REQUEST, ClockKind.ACCESSIBILITY
BOTH = (DOCUMENTS, ACCESSIBILITY)
TWO_WEEKS = time.end_of(date(2026, 3, 23))


@pytest.fixture
def work(make: Factory) -> Casework:
    return Casework(make)


def clock_of(matter: Matter, kind: ClockKind) -> Clock | None:
    """The matter's clock of a kind, once tables and journal agree."""
    db.session.rollback()
    assert list(differences()) == []
    found = [c for c in list_clocks([matter.id])[matter.id] if c.kind == kind]
    return found[0] if found else None


def status_of(matter: Matter, kind: ClockKind) -> Status:
    clock = clock_of(matter, kind)
    assert clock is not None
    return clock.status


def entries_of(matter: Matter, *kinds: Kind) -> list[Entry]:
    return [as_entry(row) for row in list_entries("matter", matter.id) if row.kind in kinds]


# ---------- marked by the text ----------

ASKS_DOCUMENTS = [
    "Asiakirjapyyntö: sillan suunnitelmat",
    "Tietopyyntö kadun kunnossapidosta",
    "Pyydän nähtäväksi kaikki asiakirjat, jotka koskevat siltaa",
    "Pyydän lautakunnan pöytäkirjan kokouksesta",
    "Begäran om handlingar som gäller bron",
    "Jag begär att få ta del av handlingarna",
    "Handlingsbegäran",
    "I request the documents about the bridge",
    "A freedom of information request",
]
TELLS_OF_ACCESS = [
    "Saavutettavuuspalaute: varauslomake",
    "Lomaketta ei voi täyttää ruudunlukijalla",
    "Verkkosivujen saavutettavuudessa on puutteita",
    "Sidan fungerar inte med skärmläsaren",
    "Webbplatsens tillgänglighet är bristfällig",
    "The form does not work with a screen reader",
    "The website is not accessible",
]
NEITHER = [
    "Valot ulkoilureitille",
    "Asiakirjat ovat mielestäni kunnossa",
    "Pyydän valoja reitille",
    "Sillan saavutettavuus pyörätuolilla on huono",
    "Brons tillgänglighet med rullstol är dålig",
    "The bridge is not accessible by wheelchair",
    "Dokumenttielokuvia kirjastoon",
    "Please request more benches",
]


@pytest.mark.parametrize("text", ASKS_DOCUMENTS)
@pytest.mark.parametrize("kind", MatterKind)
def test_words_that_ask_for_documents(text: str, kind: MatterKind) -> None:
    assert marks.marks_of(kind, ("Otsikko jossa ei ole mitään", text)) == [DOCUMENTS]
    assert marks.marks_of(kind, (text.upper(), "")) == [DOCUMENTS]


@pytest.mark.parametrize("text", TELLS_OF_ACCESS)
def test_words_that_tell_of_digital_accessibility_count_in_feedback_only(text: str) -> None:
    assert marks.marks_of(MatterKind.FEEDBACK, (text, "")) == [ACCESSIBILITY]
    assert marks.marks_of(MatterKind.PROPOSAL, (text, "")) == []


@pytest.mark.parametrize("text", NEITHER)
def test_other_words_mark_nothing(text: str) -> None:
    assert marks.marks_of(MatterKind.FEEDBACK, (text, "")) == []


def test_letters_written_in_two_parts_are_the_same_letters() -> None:
    decomposed = "Pyyda\u0308n asiakirjat"
    assert marks.marks_of(MatterKind.PROPOSAL, (decomposed, "")) == [DOCUMENTS]


def test_a_text_that_asks_for_documents_is_marked_when_it_is_published(make: Factory) -> None:
    matter = make.matter(body="Pyydän asiakirjat, jotka koskevat valaistusta.")
    assert clock_of(matter, DOCUMENTS) == Clock(
        DOCUMENTS, "", started_at=START, first_due=TWO_WEEKS, due=TWO_WEEKS
    )
    (marked,) = entries_of(matter, Kind.MARKED)
    assert (marked.role, marked.actor, marked.facts) == ("system", None, {"mark": DOCUMENTS})
    assert clock_of(matter, ACCESSIBILITY) is None


def test_feedback_about_a_website_has_fourteen_days_by_law(make: Factory) -> None:
    matter = make.matter(kind=MatterKind.FEEDBACK, body="Sivu ei toimi ruudunlukijalla.")
    clock = clock_of(matter, ACCESSIBILITY)
    assert clock is not None
    assert clock.first_due == TWO_WEEKS


def test_an_ordinary_text_has_neither_clock(make: Factory) -> None:
    matter = make.matter()
    assert [clock_of(matter, kind) for kind in BOTH] == [None, None]


# ---------- marked by people ----------


@pytest.mark.parametrize("mark", BOTH)
def test_a_mark_by_an_official_counts_from_the_day_of_filing(
    work: Casework, held: Move, mark: ClockKind
) -> None:
    matter = work.prepared()
    held(START + timedelta(days=4))
    services.mark_matter(work.official, matter, mark)
    clock = clock_of(matter, mark)
    assert clock is not None
    assert (clock.started_at, clock.due) == (START, TWO_WEEKS)
    (marked,) = entries_of(matter, Kind.MARKED)
    assert (marked.role, marked.at) == ("official", time.now())


def test_a_mark_that_comes_late_is_overdue_already_and_says_so(work: Casework, held: Move) -> None:
    matter = work.prepared()
    held(START + timedelta(days=20))
    services.mark_matter(work.official, matter, DOCUMENTS)
    assert services.run_out_clocks() == 1
    (overdue,) = entries_of(matter, Kind.OVERDUE)
    assert (overdue.at, overdue.facts["clock"]) == (TWO_WEEKS, DOCUMENTS)
    assert services.run_out_clocks() == 0


def test_the_registry_marks_before_a_unit_has_the_matter(work: Casework) -> None:
    matter = work.published()
    services.mark_matter(work.registry, matter, DOCUMENTS)
    (marked,) = entries_of(matter, Kind.MARKED)
    assert (marked.role, marked.unit) == ("registry", None)


ACTS: dict[str, Callable[[Actor, Matter], None]] = {
    "mark": lambda actor, m: services.mark_matter(actor, m, ACCESSIBILITY),
    "unmark": lambda actor, m: services.unmark_matter(actor, m, DOCUMENTS),
    "give": lambda actor, m: services.give_documents(actor, m, WHY),
    "extend": lambda actor, m: services.extend_request(actor, m, date(2026, 4, 1), WHY),
}


@pytest.mark.parametrize("act", ACTS)
def test_only_those_who_hold_the_matter_and_the_registry_do_it(work: Casework, act: str) -> None:
    strangers = [
        work.author,
        Actor(),
        work.make.actor(),
        work.make.actor(Role.OFFICIAL, unit=OTHER_UNIT),
        work.make.actor(Role.MODERATOR),
    ]
    for member in (work.registry, work.official):
        matter = work.prepared()
        services.mark_matter(work.registry, matter, DOCUMENTS)
        for stranger in strangers:
            with pytest.raises(Forbidden, match="cannot_mark"):
                ACTS[act](stranger, matter)
        ACTS[act](member, matter)
        assert list(differences()) == []


def test_an_official_does_not_mark_an_own_matter(work: Casework) -> None:
    own = work.registered(author=work.official)
    with pytest.raises(Forbidden, match="cannot_mark"):
        services.mark_matter(work.official, own, DOCUMENTS)
    services.mark_matter(work.official, work.registered(), DOCUMENTS)


@pytest.mark.parametrize("mark", ["", "answer", "six_months", "nonsense"])
def test_only_two_things_can_be_marked(work: Casework, mark: str) -> None:
    with pytest.raises(Invalid, match="unknown_mark"):
        services.mark_matter(work.official, work.prepared(), mark)
    with pytest.raises(Invalid, match="unknown_mark"):
        services.unmark_matter(work.official, work.prepared(), mark)


def test_a_matter_is_marked_once_and_not_after_its_answer(work: Casework) -> None:
    matter = work.prepared()
    services.mark_matter(work.official, matter, DOCUMENTS)
    with pytest.raises(WrongState, match="already_marked"):
        services.mark_matter(work.official, matter, DOCUMENTS)
    services.mark_matter(work.official, matter, ACCESSIBILITY)
    with pytest.raises(WrongState, match="wrong_state"):
        services.mark_matter(work.official, work.answered(), DOCUMENTS)


def test_a_mark_by_mistake_is_taken_away_and_can_come_back(work: Casework, held: Move) -> None:
    matter = work.prepared()
    with pytest.raises(WrongState, match="not_marked"):
        services.unmark_matter(work.official, matter, DOCUMENTS)
    services.mark_matter(work.official, matter, DOCUMENTS)
    held(START + timedelta(days=3))
    services.unmark_matter(work.registry, matter, DOCUMENTS)
    assert status_of(matter, DOCUMENTS) == Status.ENDED
    held(START + timedelta(days=30))
    assert [e for e in entries_of(matter, Kind.OVERDUE) if e.facts["clock"] == DOCUMENTS] == []
    services.mark_matter(work.official, matter, DOCUMENTS)
    assert status_of(matter, DOCUMENTS) == Status.RUNNING


# ---------- met, extended, kept while away ----------


def test_the_documents_meet_the_request(work: Casework) -> None:
    matter = work.prepared()
    services.mark_matter(work.official, matter, DOCUMENTS)
    services.mark_matter(work.official, matter, ACCESSIBILITY)
    with pytest.raises(Invalid, match="not_every_language"):
        services.give_documents(work.official, matter, {"fi": "Suunnitelma annettu"})
    services.give_documents(work.official, matter, both("Suunnitelma annettu"))
    assert status_of(matter, DOCUMENTS) == Status.MET
    assert status_of(matter, ACCESSIBILITY) == Status.RUNNING
    assert status_of(matter, ClockKind.ANSWER) == Status.RUNNING
    (given,) = entries_of(matter, Kind.DOCUMENTS_GIVEN)
    assert list_notes([matter.id])[given.facts["note"]].texts == both("Suunnitelma annettu")
    with pytest.raises(WrongState, match="not_marked"):
        services.give_documents(work.official, matter, WHY)


def test_an_answer_meets_both(work: Casework) -> None:
    matter = work.prepared()
    for mark in BOTH:
        services.mark_matter(work.official, matter, mark)
    step(matter, Kind.ANSWERED)
    assert [status_of(matter, mark) for mark in BOTH] == [Status.MET, Status.MET]


@pytest.mark.parametrize(
    ("until", "refusal"),
    [
        (date(2026, 3, 8), "not_later_request"),
        (date(2026, 3, 23), "not_later_request"),  # the present last day
        (date(2026, 3, 24), None),
        (date(2026, 4, 9), None),  # one month from the request
        (date(2026, 4, 10), "past_the_month"),
    ],
)
def test_more_time_ends_one_month_from_the_request(
    work: Casework, until: date, refusal: str | None
) -> None:
    matter = work.prepared()
    services.mark_matter(work.official, matter, DOCUMENTS)
    if refusal:
        with pytest.raises(Invalid, match=refusal):
            services.extend_request(work.official, matter, until, WHY)
        return
    services.extend_request(work.official, matter, until, WHY)
    clock = clock_of(matter, DOCUMENTS)
    assert clock is not None
    assert (clock.first_due, clock.due) == (TWO_WEEKS, time.end_of(until))


def test_more_time_is_never_taken_backwards(work: Casework, held: Move) -> None:
    matter = work.prepared()
    services.mark_matter(work.official, matter, DOCUMENTS)
    held(datetime(2026, 4, 2, 9, tzinfo=UTC))
    with pytest.raises(Invalid, match="not_later_request"):
        services.extend_request(work.official, matter, date(2026, 4, 1), WHY)


@pytest.mark.parametrize("leaving", [Kind.WITHDRAWN, Kind.TRANSFERRED])
@pytest.mark.parametrize("mark", BOTH)
def test_what_the_law_asks_goes_on_when_the_matter_leaves(
    work: Casework, held: Move, mark: ClockKind, leaving: Kind
) -> None:
    matter = work.prepared()
    services.mark_matter(work.official, matter, mark)
    step(matter, leaving)
    assert status_of(matter, mark) == Status.RUNNING
    assert matter.next_due_kind == mark
    held(TWO_WEEKS)
    assert services.run_out_clocks() == 1
    services.unmark_matter(work.registry, matter, mark)
    assert status_of(matter, mark) == Status.ENDED
    assert not matter.overdue


def test_asking_the_author_does_not_stop_what_the_law_gives(work: Casework, held: Move) -> None:
    matter = work.prepared()
    for mark in BOTH:
        services.mark_matter(work.official, matter, mark)
    step(matter, Kind.ASKED)
    held(START + timedelta(days=10))
    step(matter, Kind.REPLIED)
    for mark in BOTH:
        clock = clock_of(matter, mark)
        assert clock is not None
        assert clock.due == TWO_WEEKS


# ---------- six months ----------


def initiative(work: Casework, makers: int = 3) -> Matter:
    """An initiative in preparation in a city of 150, where three makers are two percent."""
    seed = deepcopy(city.read_seed())
    seed["municipality"]["population"]["value"] = 150
    city.seed_city(seed)
    matter = work.prepared(kind=MatterKind.INITIATIVE)
    sign(work, matter, makers)
    return matter


def sign(work: Casework, matter: Matter, makers: int) -> None:
    for _ in range(makers):
        supporting.sign_initiative(
            work.make.actor(), matter, supporting.Signature("Maija Meikäläinen", "Espoo")
        )


def meet(matter: Matter, body: str) -> None:
    """A body deals with a matter."""
    step(matter, Kind.SENT_TO_BODY, body=body)
    step(matter, Kind.BACK_FROM_BODY, body=body)


@pytest.mark.parametrize(
    ("body", "is_met"),
    [
        ("kv", True),  # the council
        ("kh", True),  # the board
        ("tela", True),  # a committee
        ("kh-kt", False),  # a section
        ("nuva", False),  # an advisory council
    ],
)
def test_the_competent_body_takes_an_initiative_up(work: Casework, body: str, is_met: bool) -> None:
    matter = initiative(work)
    meet(matter, body)
    expected = Status.MET if is_met else Status.RUNNING
    assert status_of(matter, ClockKind.SIX_MONTHS) == expected
    taken = [entry.facts for entry in entries_of(matter, Kind.TAKEN_UP)]
    assert taken == ([{"body": body}] if is_met else [])


def test_an_officials_answer_alone_does_not_meet_the_six_months(work: Casework, held: Move) -> None:
    matter = initiative(work)
    step(matter, Kind.ANSWERED)
    assert status_of(matter, ClockKind.ANSWER) == Status.MET
    assert status_of(matter, ClockKind.SIX_MONTHS) == Status.RUNNING
    assert matter.next_due_kind == "six_months"
    held(time.end_of(date(2026, 9, 9)))
    assert services.run_out_clocks() == 1
    assert matter.overdue


def test_a_body_that_took_it_up_before_two_percent_had_signed_owes_nothing_more(
    work: Casework,
) -> None:
    matter = initiative(work, makers=2)
    meet(matter, "tela")
    assert entries_of(matter, Kind.TAKEN_UP) == []
    sign(work, matter, 1)
    assert clock_of(matter, ClockKind.SIX_MONTHS) is None


def test_a_section_that_dealt_with_it_before_does_not_free_the_body(work: Casework) -> None:
    matter = initiative(work, makers=2)
    meet(matter, "kh-kt")
    sign(work, matter, 1)
    assert status_of(matter, ClockKind.SIX_MONTHS) == Status.RUNNING


def test_a_body_that_meets_too_late_meets_it_late(work: Casework, held: Move) -> None:
    matter = initiative(work)
    due = time.end_of(date(2026, 9, 9))
    held(due + timedelta(days=5))
    meet(matter, "tela")
    services.run_out_clocks()
    clock = clock_of(matter, ClockKind.SIX_MONTHS)
    assert clock is not None
    assert (clock.status, clock.overdue_at) == (Status.MET, due)


@pytest.mark.parametrize(
    ("body", "decided_on", "is_met"),
    [
        ("tela", "2026-03-05", True),
        ("kh-kt", "2026-03-05", False),  # a section
        ("tela", "2026-12-01", False),  # a meeting that is still to come
        (None, "2026-03-05", False),
        ("tela", None, False),
    ],
)
def test_a_linked_decision_of_the_competent_body_shows_that_it_was_taken_up(
    work: Casework, body: str | None, decided_on: str | None, is_met: bool
) -> None:
    matter = initiative(work)
    step(matter, Kind.ANSWERED)
    step(matter, Kind.DECISION_LINKED, body=body, decided_on=decided_on)
    expected = Status.MET if is_met else Status.RUNNING
    assert status_of(matter, ClockKind.SIX_MONTHS) == expected
    assert list(differences()) == []


def test_an_ordinary_matter_at_a_body_has_nothing_to_take_up(work: Casework) -> None:
    matter = work.prepared()
    meet(matter, "tela")
    assert entries_of(matter, Kind.TAKEN_UP) == []


# ---------- pages ----------

only_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


@only_sqlite
def test_officials_mark_give_and_take_more_time_on_the_page(
    client: FlaskClient, work: Casework, sign_in: Callable[[FlaskClient, Actor], None]
) -> None:
    matter = work.prepared()
    sign_in(client, work.official)
    path = f"/queue/{matter.id}"
    shown = page(client, path)
    assert "This is a document request" in shown
    assert "Documents given" not in shown
    assert client.post(f"/en{path}/marks/{DOCUMENTS}").status_code == 303
    shown = page(client, path)
    assert "This is no document request" in shown
    assert "Act on the Openness of Government Activities (621/1999), section 14" in shown
    late = {"longer-until": "2026-05-20", "longer-words_fi": "Paljon", "longer-words_sv": "Mycket"}
    refused = client.post(f"/en{path}/documents/time", data=late)
    assert refused.status_code == 422
    assert "The last day is" in html.unescape(refused.text)
    assert "Mycket" in refused.text
    soon = late | {"longer-until": "2026-04-01"}
    assert client.post(f"/en{path}/documents/time", data=soon).status_code == 303
    half = {"given-words_fi": "Annettu"}
    refused = client.post(f"/en{path}/documents", data=half)
    assert refused.status_code == 422
    assert 'href="#given-words_sv"' in refused.text
    whole = half | {"given-words_sv": "Utlämnade"}
    assert client.post(f"/en{path}/documents", data=whole).status_code == 303
    assert status_of(matter, DOCUMENTS) == Status.MET
    journey = page(client, f"/matters/{matter.id}/journey")
    assert "Giving the documents" in journey
    assert "settled the document request" in journey
    assert "https://www.finlex.fi/fi/laki/ajantasa/1999/19990621" in journey


@only_sqlite
def test_a_mark_is_taken_away_on_the_page_and_strangers_cannot(
    client: FlaskClient, work: Casework, sign_in: Callable[[FlaskClient, Actor], None]
) -> None:
    matter = work.prepared()
    services.mark_matter(work.official, matter, ACCESSIBILITY)
    path = f"/en/queue/{matter.id}/marks/{ACCESSIBILITY}/removal"
    sign_in(client, work.make.actor(Role.OFFICIAL, unit=OTHER_UNIT))
    assert client.post(path).status_code == 403
    sign_in(client, work.author)
    assert client.post(path).status_code == 403
    sign_in(client, work.registry)
    assert client.post(path).status_code == 303
    assert status_of(matter, ACCESSIBILITY) == Status.ENDED


@only_sqlite
def test_a_page_of_the_journey_is_new_after_a_mark(client: FlaskClient, work: Casework) -> None:
    matter = work.prepared()
    path = f"/matters/{matter.id}/journey"
    assert "Answer about accessibility" not in page(client, path)
    services.mark_matter(work.official, matter, ACCESSIBILITY)
    assert "Answer about accessibility" in page(client, path)
