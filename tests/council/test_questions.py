"""A councillor asks the unit in public, and is answered in time or seen to wait."""

import html
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select

from app.accounts.queries import get_person
from app.accounts.services import grant_role
from app.comments.rules import DiscussionRule
from app.core import clock
from app.core.access import SYSTEM, Actor, Role
from app.core.errors import Forbidden, Invalid, NotFound, WrongState
from app.core.mail import OutboxMail
from app.council import queries, services
from app.council.models import CouncilQuestion
from app.duties.queries import list_clocks
from app.duties.rules import Clock, ClockKind, Status
from app.duties.services import run_out_clocks
from app.extensions import db
from app.follows.queries import list_followed
from app.journal import Kind
from app.journal.queries import as_entry, list_entries
from app.journal.replay import differences
from app.moderation.services import hide_matter
from app.notifications.readers import read_new
from app.proposals.models import Matter
from app.proposals.services import withdraw_proposal
from app.registry.services import restore_matter
from app.responses import services as responses
from tests.casework import NO, OTHER_UNIT, UNIT, WHY, Casework, both
from tests.factories import Factory

only_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
SignIn = Callable[[FlaskClient, Actor], None]
QUESTION = "Miksi reitti on yhä pimeä?"
LAST_DAY = date(2026, 4, 8)  # thirty days from Monday 9 March


@pytest.fixture
def work(make: Factory) -> Casework:
    return Casework(make)


@pytest.fixture
def councillor(make: Factory) -> Actor:
    """A member of the technical committee."""
    return make.actor(Role.COUNCILLOR, body="tela")


def ask(actor: Actor, matter: Matter, text: str = QUESTION, **changes: str) -> CouncilQuestion:
    """A question of the technical committee's councillor; the stored row."""
    services.ask_question(
        actor, matter, changes.get("body", "tela"), changes.get("language", "fi"), text
    )
    query = select(CouncilQuestion).order_by(CouncilQuestion.id.desc()).limit(1)
    return db.session.scalars(query).one()


def its_clock(question: CouncilQuestion) -> Clock:
    found = list_clocks([question.matter_id])[question.matter_id]
    key = ClockKind.COUNCIL_QUESTION, str(question.id)
    return next(c for c in found if c.key == key)


def entries(matter: Matter, kind: Kind) -> list[Any]:
    rows = list_entries("matter", matter.id)
    return [as_entry(row) for row in rows if row.kind == kind]


def move(held: Any, days: int) -> None:
    """Let days pass, and the job note what ran out."""
    held(clock.now() + timedelta(days=days))
    run_out_clocks()


def page(client: FlaskClient, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status, response.text
    return html.unescape(response.text).replace("\xad", "")


class TestAsking:
    def test_a_question_starts_a_clock_of_thirty_days(
        self, work: Casework, councillor: Actor
    ) -> None:
        matter = work.prepared()
        question = ask(councillor, matter)
        running = its_clock(question)
        assert running.status == Status.RUNNING
        assert clock.last_day(running.first_due) == LAST_DAY
        assert (question.unit, question.body) == (UNIT, "tela")

    def test_the_journal_knows_body_and_unit_but_no_words_and_no_name(
        self, work: Casework, councillor: Actor
    ) -> None:
        matter = work.prepared()
        question = ask(councillor, matter)
        (entry,) = entries(matter, Kind.QUESTION_ASKED)
        assert entry.role == "councillor"
        assert entry.facts == {
            "question": question.id,
            "unit": UNIT,
            "body": "tela",
            "due": "2026-04-08T21:00:00.000000Z",
            "text": question.text,
        }
        assert QUESTION not in str(entry)

    def test_whoever_asks_follows_the_matter(self, work: Casework, councillor: Actor) -> None:
        matter = work.prepared()
        ask(councillor, matter)
        assert matter.id in list_followed(councillor)

    @pytest.mark.parametrize("role", [None, *(role for role in Role if role != Role.COUNCILLOR)])
    @only_sqlite
    def test_only_councillors_ask(self, work: Casework, make: Factory, role: Role | None) -> None:
        matter = work.prepared()
        with pytest.raises(Forbidden, match="not_councillor"):
            ask(make.actor(role), matter)

    def test_nobody_asks_about_their_own_matter(self, work: Casework, councillor: Actor) -> None:
        matter = work.prepared(author=councillor)
        with pytest.raises(Forbidden, match="own_question"):
            ask(councillor, matter)

    def test_a_hidden_matter_and_a_draft_take_no_question(
        self, work: Casework, councillor: Actor, make: Factory
    ) -> None:
        matter = work.prepared()
        hide_matter(make.actor(Role.MODERATOR), matter, DiscussionRule.INSULT)
        for asked in (matter, make.draft(work.author)):
            with pytest.raises(Forbidden, match="question_on_hidden"):
                ask(councillor, asked)

    def test_a_matter_without_a_unit_has_nobody_to_ask(
        self, work: Casework, councillor: Actor
    ) -> None:
        matter = work.published()
        with pytest.raises(WrongState, match="no_unit_to_ask"):
            ask(councillor, matter)

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"body": "kh"}, "not_your_body"),
            ({"body": "nowhere"}, "not_your_body"),
            ({"language": "en"}, "not_official_language"),
            ({"text": "  "}, "empty"),
            ({"text": "x" * 4001}, "too_long"),
        ],
    )
    @only_sqlite
    def test_what_is_wrong_in_it_is_said(
        self, work: Casework, councillor: Actor, changes: dict[str, str], code: str
    ) -> None:
        matter = work.prepared()
        with pytest.raises(Invalid, match=code):
            ask(councillor, matter, **changes)

    def test_an_answered_matter_can_be_asked_about(self, work: Casework, councillor: Actor) -> None:
        question = ask(councillor, work.answered(**NO), language="sv", text="Varför?")
        assert (question.unit, question.language) == (UNIT, "sv")


class TestAnswering:
    def test_an_answer_meets_the_clock_and_is_told_once(
        self, work: Casework, councillor: Actor
    ) -> None:
        matter = work.prepared()
        question = ask(councillor, matter)
        services.answer_question(work.official, question, both("Urakka alkaa"))
        assert its_clock(question).status == Status.MET
        assert question.answered_unit == UNIT
        (entry,) = entries(matter, Kind.QUESTION_ANSWERED)
        assert entry.facts == {"question": question.id, "text": question.answer}
        assert (entry.role, entry.unit) == ("official", UNIT)

    def test_an_answer_lacking_a_language_is_refused(
        self, work: Casework, councillor: Actor
    ) -> None:
        question = ask(councillor, work.prepared())
        with pytest.raises(Invalid, match="not_every_language"):
            services.answer_question(work.official, question, {"fi": "Vain suomeksi"})
        assert question.answered_at is None
        assert its_clock(question).is_open

    def test_nothing_is_done_twice(self, work: Casework, councillor: Actor) -> None:
        question = ask(councillor, work.prepared())
        with pytest.raises(WrongState, match="question_not_paused"):
            services.continue_question(work.official, question)
        services.pause_question(work.official, question, both("Mikä reitti?"))
        with pytest.raises(WrongState, match="question_paused"):
            services.pause_question(work.official, question, both("Mikä reitti?"))
        services.answer_question(work.official, question, both("Urakka alkaa"))
        for late in (
            lambda: services.answer_question(work.official, question, both("Toinen")),
            lambda: services.pause_question(work.official, question, both("Mikä?")),
            lambda: services.continue_question(work.official, question),
        ):
            with pytest.raises(WrongState, match="question_answered"):
                late()

    @pytest.mark.parametrize("act", ["answer_question", "pause_question", "continue_question"])
    @only_sqlite
    def test_only_the_unit_acts(
        self, work: Casework, make: Factory, councillor: Actor, act: str
    ) -> None:
        question = ask(councillor, work.prepared())
        words = () if act == "continue_question" else (both("Sanat"),)
        others = [
            make.actor(),
            councillor,
            work.author,
            work.registry,
            make.actor(Role.OFFICIAL, unit=OTHER_UNIT),
        ]
        for other in others:
            with pytest.raises(Forbidden, match="not_your_unit"):
                getattr(services, act)(other, question, *words)

    def test_nobody_answers_about_the_own_matter_or_the_own_question(
        self, work: Casework, make: Factory, councillor: Actor
    ) -> None:
        author = make.actor(Role.OFFICIAL, unit=UNIT)
        own = ask(councillor, work.prepared(author=author))
        with pytest.raises(Forbidden, match="own_matter"):
            services.answer_question(author, own, both("Sanat"))
        both_roles = Actor(
            person_id=councillor.person_id, confirmed=True, grants=work.official.grants
        )
        question = ask(councillor, work.prepared())
        with pytest.raises(Forbidden, match="asked_it_yourself"):
            services.answer_question(both_roles, question, both("Sanat"))

    def test_a_question_goes_along_when_the_matter_is_handed_over(
        self, work: Casework, councillor: Actor
    ) -> None:
        matter = work.prepared()
        question = ask(councillor, matter)
        taker = work.handed_over(matter)
        with pytest.raises(Forbidden, match="not_your_unit"):
            services.answer_question(work.official, question, both("Sanat"))
        services.answer_question(taker, question, both("Me vastaamme"))
        assert (question.unit, question.answered_unit) == (UNIT, OTHER_UNIT)


class TestClock:
    def test_a_pause_moves_the_day_and_the_first_one_stays(
        self, work: Casework, councillor: Actor, held: Any
    ) -> None:
        matter = work.prepared()
        question = ask(councillor, matter)
        other = ask(councillor, matter, "Toinen kysymys")
        move(held, 10)
        services.pause_question(work.official, question, both("Mikä reitti?"))
        assert its_clock(question).status == Status.PAUSED
        move(held, 40)
        assert its_clock(question).overdue_at is None
        assert its_clock(other).overdue_at is not None
        services.continue_question(work.official, question)
        running = its_clock(question)
        assert clock.last_day(running.due) == LAST_DAY + timedelta(days=40)
        assert clock.last_day(running.first_due) == LAST_DAY

    def test_an_answer_during_a_pause_is_on_time(
        self, work: Casework, councillor: Actor, held: Any
    ) -> None:
        question = ask(councillor, work.prepared())
        services.pause_question(work.official, question, both("Mikä reitti?"))
        move(held, 40)
        services.answer_question(work.official, question, both("Selvisi"))
        done = its_clock(question)
        assert (done.status, done.overdue_at, done.paused_days) == (Status.MET, None, 40)

    def test_one_overdue_entry_is_written_at_the_due_moment(
        self, work: Casework, councillor: Actor, held: Any
    ) -> None:
        matter = work.prepared()
        question = ask(councillor, matter)
        move(held, 35)
        run_out_clocks()
        late = [e for e in entries(matter, Kind.OVERDUE) if e.facts["clock"] == "council_question"]
        assert [(e.at, e.facts["ref"]) for e in late] == [
            (clock.end_of(LAST_DAY), str(question.id))
        ]

    def test_the_matters_own_question_and_answer_leave_it_running(
        self, work: Casework, councillor: Actor
    ) -> None:
        matter = work.prepared()
        question = ask(councillor, matter)
        responses.ask_author(work.official, matter, both("Missä?"))
        assert its_clock(question).status == Status.RUNNING
        services.pause_question(work.official, question, both("Mikä reitti?"))
        responses.resume(work.official, matter, WHY)
        assert its_clock(question).status == Status.PAUSED
        services.continue_question(work.official, question)
        work.answer(matter, **NO)
        assert its_clock(question).status == Status.RUNNING
        assert matter.next_due_kind == ClockKind.COUNCIL_QUESTION

    def test_a_councillor_is_answered_though_the_matter_has_left(
        self, work: Casework, councillor: Actor, held: Any
    ) -> None:
        matter = work.prepared()
        question = ask(councillor, matter)
        before = its_clock(question)
        withdraw_proposal(work.author, matter, "En enää halua.")
        assert its_clock(question) == before
        move(held, 5)
        restore_matter(work.registry, matter, WHY)
        assert its_clock(question) == before
        withdraw_proposal(work.author, matter, "En sittenkään halua.")
        services.answer_question(work.official, question, both("Vastaus"))
        assert its_clock(question).status == Status.MET

    def test_the_replay_gives_the_same(
        self, work: Casework, councillor: Actor, held: Any, make: Factory
    ) -> None:
        matter = work.prepared()
        first, second = ask(councillor, matter), ask(councillor, matter, "Toinen")
        services.pause_question(work.official, first, both("Mikä reitti?"))
        move(held, 12)
        services.continue_question(work.official, first)
        services.answer_question(work.official, first, both("Vastaus"))
        move(held, 30)
        withdraw_proposal(work.author, matter, "En enää halua.")
        hide_matter(make.actor(Role.MODERATOR), matter, DiscussionRule.INSULT)
        services.answer_question(work.official, second, both("Myöhässä"))
        assert list(differences()) == []


@only_sqlite
class TestPages:
    def test_everybody_reads_question_state_and_answer_in_three_languages(
        self, client: FlaskClient, work: Casework, councillor: Actor
    ) -> None:
        matter = work.prepared()
        question = ask(councillor, matter)
        path = f"/matters/{matter.id}"
        english = page(client, f"/en{path}")
        assert "A councillor: Technical Committee" in english
        assert f'<p class="lines" lang="fi">{QUESTION}</p>' in english
        assert "Answer to a councillor: by 8\xa0April, in 30 days" in english
        assert "Not answered yet" in english
        shown = re.search(r'id="questions".*?</section>', english, re.S).group()
        assert get_person(councillor.person_id).name not in shown
        services.pause_question(work.official, question, both("Mikä reitti?"))
        assert "Mikä reitti? suomeksi" in page(client, f"/fi{path}")
        assert "Stands still while the councillor is asked" in page(client, f"/en{path}")
        services.answer_question(work.official, question, both("Urakka alkaa"))
        finnish, swedish = page(client, f"/fi{path}"), page(client, f"/sv{path}")
        assert "Urakka alkaa suomeksi" in finnish
        assert "Mikä reitti?" not in finnish
        assert "Valtuutettujen kysymykset" in finnish
        assert f'<p class="lines" lang="fi">{QUESTION}</p>' in swedish
        assert "Urakka alkaa på svenska" in swedish
        assert "done on 9/3/2026" in page(client, f"/en{path}")

    @pytest.mark.parametrize(
        ("language", "asked", "answered"),
        [
            (
                "fi",
                "Valtuutettu teki kysymyksen: Tekninen lautakunta",
                "vastasi valtuutetun kysymykseen",
            ),
            ("sv", "En fullmäktigeledamot ställde en fråga: ", "besvarade en fullmäktigeledamots"),
            (
                "en",
                "A councillor asked a question: Technical Committee",
                "answered a councillor's question",
            ),
        ],
    )
    def test_the_journey_tells_every_step_with_its_words(
        self,
        client: FlaskClient,
        work: Casework,
        councillor: Actor,
        language: str,
        asked: str,
        answered: str,
    ) -> None:
        matter = work.prepared()
        question = ask(councillor, matter)
        services.pause_question(work.official, question, both("Mikä reitti?"))
        services.continue_question(work.official, question)
        services.answer_question(work.official, question, both("Urakka alkaa"))
        journey = page(client, f"/{language}/matters/{matter.id}/journey")
        for words in (asked, answered, QUESTION, "Mikä reitti?", "Urakka alkaa"):
            assert words in journey

    def test_hiding_the_matter_hides_its_questions(
        self, client: FlaskClient, work: Casework, councillor: Actor, make: Factory, sign_in: SignIn
    ) -> None:
        matter = work.prepared()
        question = ask(councillor, matter, "CANARY question")
        services.answer_question(work.official, question, both("CANARY answer"))
        hide_matter(make.actor(Role.MODERATOR), matter, DiscussionRule.INSULT)
        for part in ("", "/journey"):
            assert "CANARY" not in client.get(f"/fi/matters/{matter.id}{part}").text
        sign_in(client, councillor)
        assert "CANARY" not in page(client, "/fi/council")
        sent = client.post(f"/fi/matters/{matter.id}/questions", data={"question-text": "Mitä?"})
        assert sent.status_code == 404

    def test_a_councillor_asks_on_the_page_of_the_matter(
        self, client: FlaskClient, work: Casework, councillor: Actor, sign_in: SignIn
    ) -> None:
        matter = work.prepared()
        path = f"/en/matters/{matter.id}"
        assert "Ask a public question" not in page(client, path)
        sign_in(client, work.official)
        assert "Ask a public question" not in page(client, path)
        assert client.post(f"{path}/questions").status_code == 403
        sign_in(client, councillor)
        assert 'name="question-body" value="tela"' in page(client, path)
        data = {"question-body": "tela", "question-language": "sv", "question-text": "Varför?"}
        sent = client.post(f"{path}/questions", data=data)
        assert sent.status_code == 303
        assert sent.headers["Location"].endswith(f"/en/matters/{matter.id}#questions")
        assert '<p class="lines" lang="sv">Varför?</p>' in page(client, path)

    def test_a_refused_question_keeps_its_words(
        self, client: FlaskClient, work: Casework, councillor: Actor, sign_in: SignIn
    ) -> None:
        matter = work.prepared()
        sign_in(client, councillor)
        url = f"/en/matters/{matter.id}/questions"
        data = {"question-body": "kh", "question-language": "fi", "question-text": QUESTION}
        sent = client.post(url, data=data)
        assert sent.status_code == 422
        assert "Choose a body in which you are a councillor." in sent.text
        assert QUESTION in sent.text
        assert "Write your question first." in client.post(url, data={}).text

    def test_a_councillor_of_two_bodies_chooses_one(
        self, client: FlaskClient, work: Casework, make: Factory, sign_in: SignIn
    ) -> None:
        actor = make.actor(Role.COUNCILLOR, body="tela")
        grant_role(SYSTEM, get_person(actor.person_id), Role.COUNCILLOR, body="kv")
        matter = work.prepared()
        sign_in(client, actor)
        assert '<select class="input" id="question-body"' in page(
            client, f"/en/matters/{matter.id}"
        )

    def test_a_matter_without_a_unit_says_when_one_can_ask(
        self, client: FlaskClient, work: Casework, councillor: Actor, sign_in: SignIn
    ) -> None:
        matter = work.published()
        sign_in(client, councillor)
        shown = page(client, f"/en/matters/{matter.id}")
        assert "The matter has no unit yet." in shown
        data = {"question-body": "tela", "question-language": "fi", "question-text": QUESTION}
        sent = client.post(f"/en/matters/{matter.id}/questions", data=data)
        assert sent.status_code == 409
        assert QUESTION in sent.text

    def test_the_official_answers_where_the_matter_is_handled(
        self, client: FlaskClient, work: Casework, councillor: Actor, sign_in: SignIn
    ) -> None:
        matter = work.answered(**NO)
        question = ask(councillor, matter)
        sign_in(client, work.official)
        desk = f"/en/queue/{matter.id}"
        assert "A councillor asks" in page(client, desk)
        listed = page(client, "/en/queue/questions")
        assert QUESTION in listed
        assert f"/en/queue/{matter.id}#question-{question.id}" in listed
        url, name = f"/en/queue/questions/{question.id}", f"question-answer-{question.id}"
        half = client.post(f"{url}/answer", data={f"{name}-text_fi": "Vain suomeksi"})
        assert half.status_code == 422
        assert "Vain suomeksi" in half.text
        reason = {
            f"question-pause-{question.id}-reason_{code}": text
            for code, text in both("Mikä reitti?").items()
        }
        assert client.post(f"{url}/pause", data=reason).status_code == 303
        assert "Go on with the question" in page(client, desk)
        assert client.post(f"{url}/continue").status_code == 303
        full = {f"{name}-text_{code}": text for code, text in both("Urakka").items()}
        assert client.post(f"{url}/answer", data=full).status_code == 303
        assert "A councillor asks" not in page(client, desk)
        assert "No councillor waits for an answer" in page(client, "/en/queue/questions")
        again = client.post(f"{url}/answer", data=full)
        assert again.status_code == 409
        assert "The question has already been answered." in again.text
        assert "Urakka på svenska" in html.unescape(again.text)
        assert client.post(f"{url}/nothing").status_code == 404
        assert client.post("/en/queue/questions/999/answer").status_code == 404

    def test_another_unit_sees_neither_the_question_nor_an_act(
        self, client: FlaskClient, work: Casework, councillor: Actor, make: Factory, sign_in: SignIn
    ) -> None:
        question = ask(councillor, work.prepared())
        sign_in(client, make.actor(Role.OFFICIAL, unit=OTHER_UNIT))
        assert QUESTION not in page(client, "/en/queue/questions")
        name = f"question-answer-{question.id}-text"
        full = {f"{name}_{code}": text for code, text in both("Sanat").items()}
        url = f"/en/queue/questions/{question.id}/answer"
        assert client.post(url, data=full).status_code == 403
        sign_in(client, councillor)
        assert client.get("/en/queue/questions").status_code == 403
        assert client.post(url, data=full).status_code == 403

    def test_the_desk_lists_the_own_bodies_questions_late_ones_first(
        self,
        client: FlaskClient,
        work: Casework,
        councillor: Actor,
        make: Factory,
        sign_in: SignIn,
        held: Any,
    ) -> None:
        matter = work.prepared()
        sign_in(client, councillor)
        assert "Your bodies have asked nothing yet" in page(client, "/en/council")
        answered = ask(councillor, matter, "Vastattu kysymys")
        paused = ask(councillor, matter, "Odottava kysymys")
        ask(councillor, matter, "Myöhäinen kysymys")
        services.answer_question(work.official, answered, both("Vastaus"))
        services.pause_question(work.official, paused, both("Mikä reitti?"))
        ask(make.actor(Role.COUNCILLOR, body="kaol"), matter, "Toisen lautakunnan", body="kaol")
        move(held, 40)
        ask(make.actor(Role.COUNCILLOR, body="tela"), matter, "Uusi kysymys")
        desk = page(client, "/en/council")
        places = [desk.index(f"{word} kysymys") for word in ("Myöhäinen", "Uusi", "Odottava")]
        assert places == sorted(places)
        assert desk.index("Vastattu kysymys") > places[-1]
        assert "Toisen lautakunnan" not in desk
        assert "Answer to a councillor: 10 days late" in desk

    def test_a_late_answer_to_a_councillor_is_late_on_the_desk(
        self, client: FlaskClient, work: Casework, councillor: Actor, sign_in: SignIn, held: Any
    ) -> None:
        matter = work.answered(**NO)
        ask(councillor, matter)
        move(held, 33)
        sign_in(client, councillor)
        assert "a councillor waits for the answer" in page(client, "/en/council")
        assert "The answer to a councillor is 3 days late" in page(
            client, f"/en/matters/{matter.id}"
        )

    def test_the_panel_takes_one_query_however_many_questions(
        self, client: FlaskClient, work: Casework, councillor: Actor, sign_in: SignIn
    ) -> None:
        matter = work.prepared()
        for number in range(6):
            question = ask(councillor, matter, f"Kysymys {number}")
        services.answer_question(work.official, question, both("Vastaus"))
        seen: list[str] = []

        def note(_c: Any, _cursor: Any, sql: str, *_rest: Any) -> None:
            if not sql.startswith("BEGIN"):
                seen.append(sql)

        event.listen(db.engine, "before_cursor_execute", note)
        page(client, f"/en/matters/{matter.id}")
        assert len(seen) <= 20, seen
        assert len([sql for sql in seen if "FROM council_question" in sql]) == 1
        sign_in(client, councillor)
        seen.clear()
        page(client, f"/en/matters/{matter.id}")
        event.remove(db.engine, "before_cursor_execute", note)
        assert len(seen) <= 20, seen


@only_sqlite
def test_followers_and_the_author_hear_of_question_and_answer(
    work: Casework, councillor: Actor
) -> None:
    matter = work.prepared()

    def mailed() -> list[OutboxMail]:
        while read_new(500):
            pass
        db.session.rollback()
        return list(db.session.scalars(select(OutboxMail).order_by(OutboxMail.id)))

    known = len(mailed())
    question = ask(councillor, matter)
    (to_author,) = mailed()[known:]
    assert QUESTION in to_author.body
    services.pause_question(work.official, question, both("Mikä reitti?"))
    services.continue_question(work.official, question)
    known = len(mailed())
    services.answer_question(work.official, question, both("Urakka alkaa"))
    told = mailed()[known:]
    assert len(told) == 2
    assert all("Urakka alkaa suomeksi" in one.body for one in told)


def test_there_is_no_question_of_an_unknown_number(make: Factory) -> None:
    with pytest.raises(NotFound):
        queries.get_question(999)
