"""A councillor reads within a minute what is late in the own bodies' field, and why."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from app.accounts import queries as accounts
from app.accounts import services
from app.answers import services as answers
from app.city import get_city
from app.comments.rules import DiscussionRule
from app.core import clock
from app.core.access import SYSTEM, Actor, Role
from app.core.command import command
from app.council import queries
from app.duties import services as duties
from app.extensions import db
from app.follows import services as follows
from app.moderation import services as moderation
from app.promises import services as promises
from app.promises.queries import list_promises
from app.proposals import services as proposals
from app.proposals import support as supporting
from app.proposals import thresholds
from app.proposals.lifecycle import MatterKind
from app.proposals.models import Matter
from app.registry.services import register_matter
from app.responses import services as responses
from tests.casework import OTHER_UNIT, UNIT, Casework, answer, both, in_days, promise
from tests.factories import Factory

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
PAGE = "/en/council"


@pytest.fixture
def work(make: Factory) -> Casework:
    return Casework(make)


@pytest.fixture
def councillor(client: FlaskClient, make: Factory, sign_in: object) -> Actor:
    """A member of the technical committee, signed in on the client."""
    actor = make.actor(Role.COUNCILLOR, body="tela")
    sign_in(client, actor)
    return actor


def later(held: object, days: int) -> None:
    """Let days pass, and the job note what ran out."""
    held(clock.now() + timedelta(days=days))
    duties.run_out_clocks()


def part(client: FlaskClient, heading: str, page: str = PAGE) -> str:
    """The words of one section of the desk."""
    html = client.get(page).text.replace("\xad", "")
    found = re.search(rf"<h2[^>]*>{heading}</h2>(.*?)</section>", html, re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", found.group(1)).split()) if found else ""


def say(client: FlaskClient) -> str:
    """The sentence on top."""
    html = client.get(PAGE).text
    text = re.search(r'<p class="say">(.*?)</p>', html, re.S).group(1)
    return " ".join(re.sub(r"<[^>]+>", "", text).split())


@command
def set_columns(matter: Matter, **columns: int) -> None:
    """Give a matter many supporters or makers at once."""
    matter = db.session.merge(matter)
    for name, value in columns.items():
        setattr(matter, name, value)


@pytest.mark.parametrize("role", [None, *(role for role in Role if role != "councillor")])
def test_only_councillors_have_a_desk(
    client: FlaskClient, make: Factory, sign_in: object, role: Role | None
) -> None:
    assert client.get(PAGE).status_code == 303
    sign_in(client, make.actor(role))
    assert client.get(PAGE).status_code == 403


def test_an_empty_desk_says_what_it_would_show(client: FlaskClient, councillor: Actor) -> None:
    assert say(client) == "Nothing is late in your field."
    page = client.get(PAGE).text
    assert "Technical Committee" in page
    assert "9/3/2026" in page
    assert "You do not follow any matter yet" in page
    assert "Initiatives near the threshold" not in page


def test_a_role_without_a_body_is_told_what_to_do(
    client: FlaskClient, make: Factory, sign_in: object
) -> None:
    sign_in(client, make.actor(Role.COUNCILLOR))
    assert "Ask the administrator" in client.get(PAGE).text


class TestLate:
    def test_the_sentence_counts_and_tells_the_longest(
        self, client: FlaskClient, councillor: Actor, work: Casework, held: object
    ) -> None:
        work.registered(title="Nuorempi asia kadulla")
        later(held, 20)
        work.registered(title="Uudempi asia kadulla")
        later(held, 12)
        assert say(client) == "1 matter is late in your field. It has been late for 1 day."
        later(held, 40)
        assert say(client) == (
            "2 matters are late in your field. The longest has been late for 41 days."
        )

    def test_the_oldest_comes_first_with_reason_and_holder(
        self, client: FlaskClient, councillor: Actor, work: Casework, held: object
    ) -> None:
        work.registered(title="Vanhin asia kadulla")
        later(held, 5)
        work.published(title="Kirjaamaton asia kadulla")
        later(held, 5)
        body = work.prepared(title="Lautakunnassa oleva asia")
        responses.estimate(work.official, body, in_days(40), "n@example.org")
        later(held, 70)
        responses.send_to_body(work.official, body, "tela", in_days(30))
        asked = work.prepared(title="Kysytty asia kadulla")
        later(held, 62)
        responses.ask_author(work.official, asked, both("Missä?"))
        words = part(client, "Late now")
        assert words.index("Kirjaamaton") < words.index("Vanhin") < words.index("Lautakunnassa")
        assert re.search(r"Vanhin asia kadulla Estimate .*? late, .*?not started City Engin", words)
        assert re.search(r"Kirjaamaton .*?Case number: \d+ days late, no case number", words)
        assert re.search(
            r"Lautakunnassa .*?Answer: \d+ days late, waits for a meeting Technical", words
        )
        assert re.search(r"Kysytty .*? waits for the author", words)

    def test_a_deadline_that_was_moved_afterwards_is_still_late_and_says_so(
        self, client: FlaskClient, councillor: Actor, work: Casework, held: object
    ) -> None:
        matter = work.prepared()
        responses.estimate(work.official, matter, in_days(40), "n@example.org")
        later(held, 70)
        responses.extend(work.official, matter, in_days(10), both("Lausunto puuttuu"))
        words = part(client, "Late now")
        assert "a new deadline was set: 28/5/2026" in words
        assert "late" in say(client)

    def test_an_answered_matter_is_late_no_more(
        self, client: FlaskClient, councillor: Actor, work: Casework, held: object
    ) -> None:
        matter = work.prepared()
        later(held, 70)
        assert "late" in say(client)
        answers.publish_answer(work.official, matter, answer())
        assert say(client) == "Nothing is late in your field."

    def test_other_fields_and_hidden_matters_are_left_out(
        self, client: FlaskClient, councillor: Actor, work: Casework, make: Factory, held: object
    ) -> None:
        hidden = work.registered(title="CANARY hidden matter")
        moderation.hide_matter(make.actor(Role.MODERATOR), hidden, DiscussionRule.INSULT)
        sports = work.published(theme="sports", service="sports_grounds")
        register_matter(work.registry, sports, OTHER_UNIT)
        work.make.draft(work.author)
        later(held, 70)
        assert say(client) == "Nothing is late in your field."
        assert "CANARY" not in client.get(PAGE).text

    def test_the_link_leads_to_the_late_matters_of_the_field(
        self, client: FlaskClient, councillor: Actor, work: Casework, held: object
    ) -> None:
        work.registered(title="Myöhästynyt asia kadulla")
        later(held, 70)
        href = re.search(r'href="([^"]+)">All late matters', client.get(PAGE).text).group(1)
        href = href.replace("&amp;", "&")
        assert f"unit={UNIT}" in href
        assert "Myöhästynyt asia" in client.get(href).text


class TestField:
    @pytest.mark.parametrize(
        ("body", "inside", "outside"),
        [
            ("tela", {UNIT}, {"city_planning"}),
            ("kaol", {"basic_education", "youth"}, {"swedish_education"}),
            ("nuoriso", {"youth"}, {"basic_education"}),
            ("kh", {"registry", "premises"}, {UNIT}),
            ("nuva", set(), {"youth", UNIT}),
        ],
    )
    def test_units_that_work_under_the_body(
        self, make: Factory, body: str, inside: set[str], outside: set[str]
    ) -> None:
        field = queries.get_field(make.actor(Role.COUNCILLOR, body=body))
        assert field.own_bodies == (body,)
        assert inside <= field.units
        assert not outside & field.units

    def test_the_council_answers_for_the_whole_city(
        self, client: FlaskClient, make: Factory, sign_in: object, work: Casework, held: object
    ) -> None:
        actor = make.actor(Role.COUNCILLOR, body="kv")
        assert queries.get_field(actor).units is None
        sign_in(client, actor)
        work.registered()
        later(held, 70)
        assert "1 matter is late" in say(client)

    def test_a_body_with_a_matter_before_it_sees_it(
        self, client: FlaskClient, make: Factory, sign_in: object, work: Casework, held: object
    ) -> None:
        sign_in(client, make.actor(Role.COUNCILLOR, body="nuva"))
        matter = work.prepared()
        later(held, 70)
        assert say(client) == "Nothing is late in your field."
        responses.send_to_body(work.official, matter, "nuva", in_days(30))
        assert "1 matter is late" in say(client)

    def test_an_ended_role_ends_the_desk(
        self, client: FlaskClient, councillor: Actor, held: object
    ) -> None:
        services.end_role(SYSTEM, accounts.get_person(councillor.person_id).grants[0])
        assert client.get(PAGE).status_code == 403


class TestPromises:
    def test_those_of_the_next_month_are_shown_with_their_unit(
        self, client: FlaskClient, councillor: Actor, work: Casework
    ) -> None:
        promises = [promise(10, "Lamput"), promise(29, "Aita"), promise(60, "Kaukainen")]
        work.answered(promises=promises)
        words = part(client, "Promises whose day is near")
        assert words.index("Lamput") < words.index("Aita")
        assert "in 10 days City Engineering Centre" in words
        assert "Kaukainen" not in words

    def test_late_ones_come_first_and_kept_ones_go(
        self, client: FlaskClient, councillor: Actor, work: Casework, held: object
    ) -> None:
        matter = work.answered(promises=[promise(10, "Lamput"), promise(20, "Aita")])
        later(held, 15)
        words = part(client, "Promises whose day is near")
        assert words.startswith("Lamput")
        assert "5 days late" in words
        first = list_promises([matter.id])[matter.id][0]
        promises.keep_promise(work.official, first, both("Palavat"))
        assert "Lamput" not in part(client, "Promises whose day is near")

    def test_they_are_said_in_the_reader_s_language(
        self, client: FlaskClient, councillor: Actor, work: Casework
    ) -> None:
        work.answered(promises=[promise(10, "Lamput")])
        assert "Lamput på svenska" in client.get("/sv/council").text


class TestOthers:
    def test_followed_matters_come_latest_first(
        self, client: FlaskClient, councillor: Actor, work: Casework, held: object
    ) -> None:
        for title in ("Ensimmäinen seurattu asia", "Toinen seurattu asia"):
            follows.follow(councillor, work.registered(title=title))
            held(clock.now() + timedelta(minutes=1))
        words = part(client, "Matters you follow")
        assert words.index("Toinen") < words.index("Ensimmäinen")
        assert "Registered" in words

    def test_most_supported_open_matters_of_the_field(
        self, client: FlaskClient, councillor: Actor, work: Casework, make: Factory
    ) -> None:
        less, more = work.registered(title="Vähän kannatettu"), work.published(title="Paljon kann.")
        withdrawn = work.registered(title="Peruttu ehdotus")
        for number in range(3):
            supporter = make.actor()
            supporting.support_proposal(supporter, more.id)
            supporting.support_proposal(supporter, withdrawn.id)
            if not number:
                supporting.support_proposal(supporter, less.id)
        proposals.withdraw_proposal(work.author, withdrawn, "En enää halua.")
        words = part(client, "What residents support most")
        assert words.index("Paljon") < words.index("Vähän")
        assert "3 supporters" in words
        assert "Peruttu" not in words

    def test_initiatives_from_half_of_the_makers(
        self, client: FlaskClient, councillor: Actor, work: Casework
    ) -> None:
        needed = thresholds.makers_needed(get_city())
        assert needed == 6281
        initiative = {"kind": MatterKind.INITIATIVE}
        for title, makers in (
            ("Alle puolet kerännyt aloite", needed // 2),
            ("Puolet kerännyt aloite", needed // 2 + 1),
            ("Kaikki kerännyt aloite", needed),
        ):
            set_columns(work.published(title=title, **initiative), makers_here=makers)
        set_columns(work.published(title="Ehdotus eikä aloite"), makers_here=needed)
        page = client.get(PAGE).text
        words = part(client, "Initiatives near the threshold")
        assert words.index("Kaikki") < words.index("Puolet")
        assert "Alle puolet" not in words
        assert "eikä aloite" not in words
        assert "3 141 people have signed this. When 6 281 is reached (2 %" in words.replace(
            "\xa0", " "
        )
        assert "6 281 people have signed this, and 6 281 were needed" in words.replace("\xa0", " ")
        assert '<progress class="wide" value="3141" max="6281"' in page

    def test_it_takes_nine_queries_whatever_the_amount(
        self, client: FlaskClient, councillor: Actor, work: Casework, held: object
    ) -> None:
        def count_queries() -> int:
            seen = []

            def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
                if statement != "BEGIN":
                    seen.append(statement)

            event.listen(db.engine, "before_cursor_execute", note)
            client.get(PAGE)
            event.remove(db.engine, "before_cursor_execute", note)
            return len(seen)

        client.get(PAGE)
        assert count_queries() <= 9
        for number in range(12):
            matter = work.answered(promises=[promise(40 + number), promise(41 + number)])
            follows.follow(councillor, matter)
            set_columns(work.registered(kind=MatterKind.INITIATIVE), makers=5000 + number)
            supporting.support_proposal(councillor, work.registered().id)
        later(held, 45)
        client.get(PAGE)
        assert "late" in say(client)
        assert count_queries() <= 9

    def test_the_desk_changes_nothing(
        self, client: FlaskClient, councillor: Actor, work: Casework
    ) -> None:
        assert client.post(PAGE).status_code == 405
        assert client.get(PAGE).headers["Cache-Control"] == "private, no-store"
