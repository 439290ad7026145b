"""Public figures of moderation: counted right, fresh at once, and nobody can be guessed."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from app.comments import services as comments
from app.comments.models import Stance
from app.core.access import Actor, Role
from app.extensions import db
from app.moderation import appeals, figures, reading, services
from app.moderation.figures import Pace, Tally
from app.moderation.models import Decision
from app.proposals.models import Matter
from app.registry.services import dismiss_matter
from tests.conftest import START
from tests.factories import Factory
from tests.moderation.test_moderation import INSULT, SPAM, say
from tests.pages import counting, page

only_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
Move = Callable[[Any], None]
LINKS = "Katso https://a.example https://b.example https://c.example"
MARCH, FEBRUARY = date(2026, 3, 1), date(2026, 2, 1)


def local(month: int, day: int, hour: int = 12, year: int = 2026) -> datetime:
    """A moment that is on the same day in Espoo, in winter."""
    return datetime(year, month, day, hour, tzinfo=UTC) - timedelta(hours=2)


def decision_on(matter: Matter) -> Decision:
    query = db.select(Decision).where(Decision.matter_id == matter.id)
    return db.session.scalars(query.order_by(Decision.id.desc())).first()  # type: ignore[return-value]


@pytest.fixture
def moderators(make: Factory) -> tuple[Actor, Actor]:
    return make.actor(Role.MODERATOR), make.actor(Role.MODERATOR)


def test_reports_are_counted_with_their_pace(
    make: Factory, moderators: tuple[Actor, Actor], held: Move
) -> None:
    moderator, _ = moderators
    first, second, third, fourth = (make.matter() for _ in range(4))
    held(local(2, 26))  # a Thursday: due on Friday
    services.report(make.actor(), first, None, SPAM, "")
    services.report(make.actor(), first, None, INSULT, "")
    services.report(make.actor(), second, None, SPAM, "")
    held(local(2, 26, 17))
    services.hide_matter(moderator, first, SPAM)
    held(local(3, 2))  # Monday: too late for the third report
    services.dismiss_reports(moderator, second, None)
    services.report(make.actor(), third, None, SPAM, "")
    held(local(3, 9))
    services.report(make.actor(), fourth, None, SPAM, "")  # still in time
    found = figures.get_figures()
    assert found.reports == Pace(came=5, decided=3, waits=2, judged=4, on_time=2, good=2, hours=5)
    assert found.reports.percent == 50
    assert found.rules[SPAM] == Tally(4, hidden_matters=1, hidden_comments=0, shown=0, refused=0)
    assert found.rules[INSULT].reports == 1
    assert [(day, tally.reports) for day, tally in found.months.items()][:3] == [
        (MARCH, 2),
        (FEBRUARY, 3),
        (date(2026, 1, 1), 0),
    ]
    assert len(found.months) == 12
    held(local(3, 10, 23))
    assert figures.get_figures().reports.judged == 4, "due until midnight"
    held(local(3, 11, 0))
    assert figures.get_figures().reports.judged == 5, "late without any decision"


def test_months_are_local_and_old_ones_fall_out(
    make: Factory, moderators: tuple[Actor, Actor], held: Move
) -> None:
    moderator, _ = moderators
    for year, month, day, hour in ((2025, 3, 31, 23), (2025, 4, 1, 1), (2026, 2, 28, 23)):
        held(local(month, day, hour, year) - timedelta(hours=month == 4 or day == 31))
        services.hide_matter(moderator, make.matter(), SPAM)
    held(START)
    found = figures.get_figures()
    assert found.since == date(2025, 4, 1)
    hidden = {day: tally.hidden for day, tally in found.months.items() if tally.hidden}
    assert hidden == {date(2025, 4, 1): 1, FEBRUARY: 1}


def test_an_appeal_that_changed_the_decision(
    make: Factory, moderators: tuple[Actor, Actor], held: Move
) -> None:
    moderator, other = moderators
    author = make.actor()
    matter, kept = make.matter(author), make.matter(author)
    comment = say(author, matter, "teksti")
    services.hide_matter(moderator, matter, SPAM)
    changed = decision_on(matter)
    services.hide_comment(moderator, comment, INSULT)
    services.hide_matter(moderator, kept, SPAM)
    appeals.appeal(author, changed, "Ei ole mainos.")
    appeals.appeal(author, decision_on(kept), "Ei tämäkään.")
    held(START + timedelta(minutes=70))
    appeals.decide_appeal(other, matter, changed, upheld=False, reason="Totta.")
    appeals.decide_appeal(other, kept, decision_on(kept), upheld=True, reason="On.")
    found = figures.get_figures()
    assert found.appeals == Pace(came=2, decided=2, waits=0, judged=2, on_time=2, good=1, hours=2)
    assert found.rules[SPAM] == Tally(0, hidden_matters=2, hidden_comments=0, shown=1, refused=0)
    assert found.rules[INSULT].hidden_comments == 1
    assert found.months[MARCH] == Tally(
        0, hidden_matters=2, hidden_comments=1, shown=1, refused=0, appeals=2, changed=1
    )
    assert found.total.hidden == 3


def test_held_texts_are_counted_as_published_or_not(
    make: Factory, moderators: tuple[Actor, Actor], held: Move
) -> None:
    moderator, _ = moderators
    matter = make.matter()
    for ending in ("", " a", " b"):
        words = comments.Words(Stance.FOR, "fi", LINKS + ending)
        assert comments.submit_comment(make.actor(), matter, words) is None
    held(START + timedelta(hours=3))
    (one, on), (two, _), _ = reading.page_held(None).items
    appeals.release(moderator, on, one)
    appeals.refuse(moderator, on, two, SPAM, "")
    found = figures.get_figures()
    assert found.held == Pace(came=3, decided=2, waits=1, judged=2, on_time=2, good=1, hours=3)
    assert found.rules[SPAM].refused == 1
    assert found.months[MARCH].held == 3
    assert found.total.hidden == 0


@only_sqlite
def test_few_blocks_and_those_of_this_month_are_not_told(
    make: Factory, moderators: tuple[Actor, Actor], held: Move
) -> None:
    moderator, _ = moderators

    def block(moment: datetime) -> None:
        held(moment)
        appeals.block(moderator, make.person(), "1", SPAM, "")

    assert figures.get_figures().blocks == 0
    for moment in (local(1, 7), local(2, 27)):
        block(moment)
    held(START)
    assert figures.get_figures().blocks is None, "fewer than three"
    for _ in range(3):
        block(START)
    assert figures.get_figures().blocks is None, "this month is not in it"
    held(local(4, 1))
    assert figures.get_figures().blocks == 5


@only_sqlite
def test_what_the_registry_leaves_without_handling_is_not_moderation(
    make: Factory, client: FlaskClient
) -> None:
    matter = make.matter()
    reason = {"fi": "Mainos.", "sv": "Reklam."}
    dismiss_matter(make.actor(Role.REGISTRY), matter, reason)
    assert figures.get_figures().total.hidden == 0
    assert "Moderators have hidden nothing." in page(client, "/moderation/figures")


@only_sqlite
def test_the_page_is_right_at_once(
    make: Factory, client: FlaskClient, moderators: tuple[Actor, Actor]
) -> None:
    moderator, other = moderators
    author = make.actor()
    matter = make.matter(author)
    address = "/moderation/figures"
    assert "Nobody has reported anything." in page(client, address)
    services.report(make.actor(), matter, None, SPAM, "")
    assert "People have reported something once." in page(client, address)
    services.hide_matter(moderator, matter, SPAM)
    shown = page(client, address)
    assert "Moderators have hidden one text." in shown
    assert "1 led to hiding, 0 left the text as it is" in shown
    assert "1 of 1 (100 %)" in shown
    appeals.appeal(author, decision_on(matter), "Ei ole.")
    assert "0 changed the decision, 0 did not" in page(client, address)
    appeals.decide_appeal(other, matter, decision_on(matter), upheld=False, reason="Totta.")
    assert "1 changed the decision, 0 did not" in page(client, address)
    words = comments.Words(Stance.FOR, "fi", LINKS)
    before = page(client, address)
    comments.submit_comment(make.actor(), matter, words)
    assert page(client, address) != before, "a text that waits is counted at once"


@only_sqlite
def test_the_page_is_public_and_cached_and_linked(client: FlaskClient) -> None:
    response = client.get("/en/moderation/figures")
    assert "public" in response.headers["Cache-Control"]
    assert 'href="/en/moderation/figures"' in page(client, "/rules")
    assert 'href="/en/moderation/figures"' in page(client, "/overview")
    for lang in ("fi", "sv"):
        assert "Moderation in figures" not in page(client, "/moderation/figures", lang=lang)


@only_sqlite
def test_the_figures_stay_within_their_queries_and_go_by_an_index(make: Factory) -> None:
    make.matter()
    with counting() as statements:
        figures.get_figures()
    reads = [statement for statement in statements if statement.startswith("SELECT")]
    assert len(reads) <= 8
    for statement in reads:
        marks = [START.replace(tzinfo=None).isoformat(" ")] * statement.count("?")
        plan = db.session.execute(
            text("EXPLAIN QUERY PLAN " + statement.replace("?", "'{}'").format(*marks))
        )
        used = [row.detail for row in plan]
        assert not [detail for detail in used if detail.startswith("SCAN")], (statement, used)
