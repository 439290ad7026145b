"""The journey of a matter: what people see of it, and what they must not."""

import html
import re
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from app.answers import services as answers
from app.comments import services as comments
from app.comments.models import Stance
from app.comments.rules import DiscussionRule
from app.core import clock
from app.core.access import Role
from app.core.command import command
from app.duties.services import run_out_clocks
from app.extensions import db
from app.journal import Kind, record
from app.journal.services import seal_day
from app.moderation import services as moderation
from app.proposals import services as proposals
from app.proposals.lifecycle import MatterKind
from app.proposals.models import Matter
from app.proposals.notes import MatterNote, add_note
from app.responses import services as responses
from app.transparency import services
from tests.factories import Factory
from tests.transparency.handling import Office, both

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


@pytest.fixture
def office(make: Factory, held: Callable) -> Office:
    """People who handle matters, and the clock they live by."""
    return Office(make, held)


def path(matter: Matter, language: str = "en") -> str:
    return f"/{language}/matters/{matter.id}/journey"


def words(page: str) -> str:
    """The text of a page without its marks, on one line."""
    text = html.unescape(re.sub(r"<[^>]+>", " ", page)).replace("\xad", "")
    return re.sub(r"\s+", " ", text)


def travelled(office: Office) -> Matter:
    """A matter that went the long way: a wrong unit, a question, late, promises."""
    matter = office.published(title="Valot Olarin mäelle")
    office.wait(2)
    office.register(matter, "city_planning")
    office.prepare(matter)
    office.wait(27)
    office.hand_over(matter, "street_engineering")
    office.wait(13)
    office.ask(matter)
    office.wait(7)
    office.reply(matter)
    office.wait(44)
    run_out_clocks()
    today = clock.today()
    office.answer(matter, today + timedelta(days=30), today + timedelta(days=90))
    office.wait(10)
    office.implement(matter)
    return matter


def test_the_page_tells_the_whole_way(office: Office, client: FlaskClient) -> None:
    matter = travelled(office)
    text = words(client.get(path(matter)).text)
    for sentence in (
        "The city has had this for 103 days .",
        "The answer took 93 days. 57 of them at the unit that answered.",
        "City Planning Department, which handed it on 27 days",
        "Waiting for the author's reply 7 days",
        "City Planning Department handed the matter over to City Engineering Centre",
        "Reason: Ei kuulu meille suomeksi.",
        "The deadline for the answer passed",
        "City Engineering Centre answered: leads to action",
        "Valot rakennetaan suomeksi.",
        "Answer: 26 days late",
        "City Engineering Centre began to carry it out",
        "A promise is due Lupaus 1 suomeksi.",
        "27 days at City Planning Department",
        "93 days to the answer",
    ):
        assert sentence in text, sentence


def test_everything_in_the_pictures_is_in_tables_too(office: Office, client: FlaskClient) -> None:
    page = client.get(path(travelled(office))).text
    without_pictures = words(re.sub(r"<svg.*?</svg>", "", page, flags=re.DOTALL))
    assert "City Planning Department 11 Mar–7 Apr 27" in without_pictures
    assert "8/5/2026 15/5/2026 stood still 7 days 10/6/2026 26 days late" in without_pictures
    titles = re.findall(r'<svg[^>]*role="img"[^>]*>\s*<title', page)
    named = re.findall(r'<svg[^>]*role="img"[^>]*aria-label=', page)
    assert len(titles) + len(named) == page.count('role="img"')


def test_words_in_another_language_are_marked(office: Office, client: FlaskClient) -> None:
    matter = travelled(office)
    assert '<q lang="fi">Missä kohdassa suomeksi.</q>' in client.get(path(matter)).text
    assert "<q>Missä kohdassa på svenska.</q>" in client.get(path(matter, "sv")).text


def test_comments_are_only_counted(office: Office, client: FlaskClient) -> None:
    matter = office.published()
    for number in range(3):
        comments.add_comment(
            office.make.actor(), matter, stance=Stance.FOR, language="fi", text=f"Sanat {number}"
        )
    office.wait(4)
    page = client.get(path(matter)).text
    assert "3 comments" in page
    assert "Sanat" not in page
    assert "Somebody commented" not in page
    assert "The log has 5 entries about this matter." in page  # the comments, too


def test_erased_words_leave_the_step_and_its_entry(office: Office, client: FlaskClient) -> None:
    matter = office.published()
    office.register(matter)
    office.prepare(matter)
    office.ask(matter)

    @command
    def erase() -> None:
        db.session.execute(db.delete(MatterNote))

    erase()
    text = words(client.get(path(matter)).text)
    assert "City Engineering Centre asked the author for more" in text
    assert "The words have been erased." in text


def test_the_seal_that_covers_the_entries_is_named(office: Office, client: FlaskClient) -> None:
    matter = office.published()
    assert "get their seal in the coming night" in client.get(path(matter)).text
    office.wait(1)
    seal = seal_day(clock.today() - timedelta(days=1))
    page = words(client.get(path(matter)).text)
    assert "The seal of 9/3/2026 covers them all:" in page
    assert f"{seal.hash[:4]} {seal.hash[4:8]}" in page


def test_a_draft_has_no_journey_even_for_its_author(
    office: Office, client: FlaskClient, sign_in: Callable
) -> None:
    draft = office.make.draft(office.author)
    assert client.get(path(draft)).status_code == 404
    sign_in(client, office.author)
    assert client.get(path(draft)).status_code == 404


@pytest.mark.parametrize("number", ["0", "999999", "99999999999999999999"])
def test_there_is_no_journey_of_what_is_not_there(client: FlaskClient, number: str) -> None:
    assert client.get(f"/en/matters/{number}/journey").status_code == 404


def test_a_hidden_matter_only_says_that_it_is_hidden(
    office: Office, client: FlaskClient, sign_in: Callable
) -> None:
    matter = office.published(title="Canary in the mine of words")
    office.register(matter)
    office.prepare(matter)
    office.ask(matter)
    moderator = office.make.actor(Role.MODERATOR)
    moderation.hide_matter(moderator, matter, DiscussionRule.INSULT)
    response = client.get(path(matter))
    assert response.status_code == 200
    assert "Insult" in response.text
    assert "Canary" not in response.text
    assert "Missä kohdassa" not in response.text
    sign_in(client, moderator)
    assert "Canary" in client.get(path(matter)).text


def test_a_matter_that_leaves_on_its_first_day_has_a_journey(
    client: FlaskClient, office: Office
) -> None:
    matter = office.published()
    proposals.withdraw_proposal(office.author, matter, "Asia hoitui.")
    shown = words(client.get(path(matter)).text)
    assert "The city had this for less than a day." in shown
    assert "The author withdrew the matter" in shown


def test_withdrawn_transferred_and_closed_matters_have_an_end(
    office: Office, client: FlaskClient
) -> None:
    withdrawn, transferred, closed = (office.published() for _ in range(3))
    office.wait(3)
    proposals.withdraw_proposal(office.author, withdrawn, "Asia hoitui.")
    office.register(transferred)
    responses.transfer(office.of(transferred), transferred, "hsy", both("Kuuluu HSY:lle"))
    office.register(closed)
    office.prepare(closed)
    office.answer(closed)
    answers.close_matter(office.of(closed), closed, both("Kaikki tehty"))
    office.wait(30)
    for matter in (withdrawn, transferred, closed):
        text = words(client.get(path(matter)).text)
        assert "The city had this for 3 days ." in text
        assert "Who has it now?" not in text
    assert "The city had it for 3 days" in words(client.get(path(withdrawn)).text)


def test_a_matter_of_today_has_a_page(office: Office, client: FlaskClient) -> None:
    matter = office.published()
    text = words(client.get(path(matter)).text)
    assert "The city got this today." in text
    assert "The city answers" in text  # comes next


def test_similar_matters_stand_beside_it_from_ten_on(office: Office, client: FlaskClient) -> None:
    matters = [office.published() for _ in range(10)]
    for matter in matters:
        office.register(matter)
        office.prepare(matter)
    office.wait(12)
    for matter in matters[:9]:
        office.answer(matter)
    services.rebuild_figures()
    assert "Compared with matters like it" not in client.get(path(matters[0])).text
    office.wait(8)
    office.answer(matters[9])
    services.rebuild_figures()
    text = words(client.get(path(matters[9])).text)
    assert (
        "In two years 10 matters like it have been answered, half of them in at most 12 days."
        in text
    )
    assert "the same kind (Proposal) and theme" in text
    assert "This one took longer than 9 of them." in text
    assert "Those like it, n = 10" in text


def test_where_few_are_about_the_theme_all_of_the_kind_are_compared(
    office: Office, client: FlaskClient
) -> None:
    matters = [office.published() for _ in range(9)]
    other = office.published(theme="sports", service="sports_grounds")
    feedback = office.published(kind=MatterKind.FEEDBACK)
    for matter in (*matters, other, feedback):
        office.register(matter)
        office.prepare(matter)
    office.wait(12)
    for matter in (*matters, other, feedback):
        office.answer(matter)
    services.rebuild_figures()
    text = words(client.get(path(matters[0])).text)
    assert "In two years 10 matters like it" in text
    assert "of any theme" in text
    assert "Compared with matters like it" not in client.get(path(feedback)).text


def test_the_page_is_cached_until_the_matter_moves(office: Office, client: FlaskClient) -> None:
    matter = office.published()
    first = client.get(path(matter))
    assert first.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
    etag = {"If-None-Match": first.headers["ETag"]}
    assert client.get(path(matter), headers=etag).status_code == 304
    office.register(matter)
    assert client.get(path(matter), headers=etag).status_code == 200


def test_it_takes_at_most_twelve_queries(office: Office, client: FlaskClient) -> None:
    matter = travelled(office)
    client.get(path(matter) + "?warm")
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *a: statements.append(a[2]))
    client.get(path(matter))
    reads = [sql for sql in statements if sql.startswith(("SELECT", "WITH"))]
    assert len(reads) <= 12, "\n".join(reads)


@pytest.fixture
def long_way(office: Office) -> Matter:
    """A matter of five hundred steps, each made by the command that people use."""
    matter = office.published()
    office.register(matter)
    office.prepare(matter)
    units = ["city_planning", "street_engineering"]
    for number in range(166):
        for act in (
            lambda unit: office.hand_over(matter, unit),
            lambda _unit: office.ask(matter),
            lambda _unit: office.reply(matter),
        ):
            office.wait(1)
            act(units[number % 2])
    return matter


USUAL = 0.007  # seconds of the processor for a journey that has just begun


def fastest(client: FlaskClient, address: str) -> float:
    """Seconds of the processor that a page takes without the cache; the best of seven."""
    times = []
    for number in range(7):
        started = time.process_time()
        client.get(f"{address}?cold={number}")
        times.append(time.process_time() - started)
    return min(times)


def test_a_journey_of_five_hundred_steps_is_ready_in_a_tenth_of_a_second(
    long_way: Matter, office: Office, client: FlaskClient
) -> None:
    """On a machine that takes at most USUAL for a journey that has just begun; a slower or busier
    one may take longer in proportion.
    """
    page = client.get(path(long_way)).text
    assert page.count('<li class="step') >= 500
    assert page.count('class="logged"') >= 500
    short, long = fastest(client, path(office.published())), fastest(client, path(long_way))
    assert long < 0.1 * max(1, short / USUAL), (short, long)


def test_many_steps_of_one_day_can_be_shown(office: Office, client: FlaskClient) -> None:
    matter = office.published()
    office.register(matter)
    office.prepare(matter)

    @command
    def hand_on(matter: Matter) -> None:
        for number in range(500):
            units = ["street_engineering", "city_planning"]
            record(
                Kind.HANDED_OVER,
                matter,
                office.registry,
                role="official",
                unit=units[number % 2],
                at=clock.now() + timedelta(days=number),
                from_unit=units[number % 2],
                to_unit=units[1 - number % 2],
                reason=add_note(matter, "handed_over", both(f"Siirto {number}")),
            )

    hand_on(matter)
    office.wait(500)
    page = client.get(path(matter)).text
    assert page.count('<li class="step') >= 503
    assert "Siirto 499" in page
