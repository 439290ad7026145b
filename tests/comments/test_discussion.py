"""The discussion: who may write what, threads, capacity, slow mode, marks, entries."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.accounts.services import grant_role
from app.city import get_city
from app.comments import policies, queries, services
from app.comments.models import TEXT_LIMIT, Capacity, Comment, Stance
from app.comments.rules import DiscussionRule
from app.core.access import ANONYMOUS, SYSTEM, Actor, Role
from app.core.errors import Forbidden, Invalid, NotFound, TooMany, WrongState
from app.extensions import db
from app.journal import Kind, text_digest
from app.journal.queries import list_entries
from app.journal.replay import differences
from app.proposals.lifecycle import State
from app.proposals.models import Matter
from app.proposals.services import withdraw_proposal
from tests.conftest import START
from tests.factories import Factory

only_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


def say(actor: Actor, matter: Matter, text: str = "Hyvä ajatus.", **rest: Any) -> Comment:
    """A comment, neutral and in Finnish unless told otherwise."""
    values = {"stance": Stance.NEUTRAL, "language": "fi"} | rest
    return services.add_comment(actor, matter, text=text, **values)


def actor_since(make: Factory, hours: int) -> Actor:
    """Somebody whose account is some hours old."""
    return make.person(created_at=START - timedelta(hours=hours)).as_actor()


def test_a_comment_is_public_counted_and_journalled(make: Factory) -> None:
    matter, resident = make.matter(), make.actor()
    comment = say(resident, matter, "Lapseni kävelee reitin.", stance=Stance.FOR, language="fi")
    assert matter.comments == 1
    entry = next(e for e in list_entries("matter", matter.id) if e.kind == Kind.COMMENTED)
    assert "Lapseni" not in entry.facts
    assert text_digest("Lapseni kävelee reitin.", comment.salt) in entry.facts
    (said,) = queries.list_comments(matter.id)
    assert (said.by, said.words, said.stance) == (resident.name, comment.text, Stance.FOR)
    assert queries.count_by_stance(matter.id) == {
        Stance.FOR: 1,
        Stance.AGAINST: 0,
        Stance.NEUTRAL: 0,
    }
    db.session.rollback()
    assert list(differences()) == []


def test_threads_have_three_levels(make: Factory) -> None:
    matter, resident = make.matter(), make.actor()
    first = say(resident, matter, "yksi")
    second = say(resident, matter, "kaksi", parent=first)
    third = say(resident, matter, "kolme", parent=second)
    assert [c.level for c in (first, second, third)] == [1, 2, 3]
    assert {second.thread_id, third.thread_id} == {first.id}
    with pytest.raises(Invalid, match="too_deep"):
        say(resident, matter, "neljä", parent=third)
    (thread,) = queries.list_comments(matter.id)
    assert thread.replies[0].replies[0].words == "kolme"
    assert matter.comments == 3


def test_a_reply_stays_in_its_matter_and_not_under_something_hidden(make: Factory) -> None:
    matter, other, resident = make.matter(), make.matter(), make.actor()
    comment = say(resident, matter)
    with pytest.raises(NotFound):
        say(resident, other, parent=comment)
    services.set_hidden(comment, DiscussionRule.INSULT)
    with pytest.raises(Invalid, match="reply_to_hidden"):
        say(resident, matter, parent=comment)


@only_sqlite
def test_a_full_thread_takes_no_more(make: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "THREAD_LIMIT", 2)
    matter, resident = make.matter(), make.actor()
    first = say(resident, matter)
    say(resident, matter, parent=first)
    say(resident, matter, parent=first)
    with pytest.raises(Invalid, match="thread_full"):
        say(resident, matter, parent=first)


@only_sqlite
def test_text_is_trimmed_and_has_a_limit(make: Factory) -> None:
    matter, resident = make.matter(), make.actor()
    assert say(resident, matter, "  hei \r\n hei ").text == "hei \n hei"
    assert len(say(resident, matter, "ä" * TEXT_LIMIT).text) == TEXT_LIMIT
    for bad in ("ä" * (TEXT_LIMIT + 1), "   ", "nolla\x00tavu"):
        with pytest.raises(Invalid):
            say(resident, matter, bad)
    with pytest.raises(Invalid, match="unknown_language"):
        say(resident, matter, language="xx")
    assert matter.comments == 2


@only_sqlite
def test_who_may_comment(make: Factory) -> None:
    matter = make.matter()
    unconfirmed = make.person(confirmed=False).as_actor()
    for actor in (ANONYMOUS, unconfirmed):
        with pytest.raises(Forbidden, match="not_confirmed"):
            say(actor, matter)
    with pytest.raises(Forbidden, match="comments_closed"):
        say(make.actor(), make.draft())
    author = make.actor()
    withdrawn = make.matter(author)
    withdraw_proposal(author, withdrawn, "Hoidettiin jo.")
    with pytest.raises(Forbidden, match="comments_closed"):
        say(make.actor(), withdrawn)


@pytest.mark.parametrize(
    ("state", "hidden"), list(itertools.product(State, (None, "spam"))), ids=str
)
def test_only_a_visible_matter_that_was_not_taken_away_is_discussed(
    state: State, hidden: str | None
) -> None:
    is_draft = state == State.DRAFT
    matter = Matter(state=state, hidden_rule=hidden, published_at=None if is_draft else START)
    person = Actor(person_id=1, confirmed=True)
    open_now = not is_draft and hidden is None and state not in (State.WITHDRAWN, State.MERGED)
    assert policies.can_comment(person, matter) == open_now
    assert not policies.can_comment(ANONYMOUS, matter)


AN_HOUR = 5  # comments of a new account, as in the settings


def test_a_new_account_writes_five_comments_an_hour(
    make: Factory, held: Callable[[Any], None]
) -> None:
    matter, newcomer = make.matter(), make.actor()
    for _ in range(AN_HOUR):
        say(newcomer, matter)
    with pytest.raises(TooMany, match="slow_mode"):
        say(newcomer, matter)
    held(START + timedelta(minutes=61))
    say(newcomer, matter)


@only_sqlite
def test_an_account_that_is_three_days_old_writes_as_it_likes(make: Factory) -> None:
    matter = make.matter()
    known, nearly = actor_since(make, 72), actor_since(make, 71)
    for _ in range(AN_HOUR + 1):
        say(known, matter)
    for _ in range(AN_HOUR):
        say(nearly, matter)
    with pytest.raises(TooMany):
        say(nearly, matter)


@only_sqlite
def test_the_capacity_is_kept_as_it_was_when_writing(make: Factory) -> None:
    author = make.actor()
    matter = make.matter(author)
    official = make.actor(Role.OFFICIAL, unit="street_engineering")
    councillor = make.actor(Role.COUNCILLOR, body="tela")
    for actor in (make.actor(), author, official, councillor):
        say(actor, matter)
    shown = {said.role: said.unit_name for said in queries.list_comments(matter.id)}
    assert shown[Capacity.RESIDENT] == ""
    assert shown[Capacity.AUTHOR] != ""
    city = get_city()
    assert shown[Capacity.OFFICIAL] == city.units["street_engineering"].name
    assert city.bodies["tela"].name in shown[Capacity.COUNCILLOR]
    entries = [e for e in list_entries("matter", matter.id) if e.kind == Kind.COMMENTED]
    assert [(e.role, e.unit) for e in entries] == [
        ("resident", None),
        ("author", None),
        ("official", "street_engineering"),
        ("councillor", None),
    ]


@only_sqlite
def test_an_official_of_many_units_speaks_for_the_one_that_holds_the_matter(
    make: Factory,
) -> None:
    person = make.person()
    for unit in ("sports", "street_engineering"):
        grant_role(SYSTEM, person, Role.OFFICIAL, unit=unit)
    db.session.refresh(person)
    matter = make.matter()
    assert say(person.as_actor(), matter).unit == "sports"
    held = Matter(holder_unit="street_engineering", author_id=None)
    assert services._capacity(person.as_actor(), held)[1] == "street_engineering"


def test_one_useful_mark_a_person(make: Factory) -> None:
    matter, writer, reader, other = make.matter(), make.actor(), make.actor(), make.actor()
    comment = say(writer, matter)
    services.mark_useful(reader, comment)
    services.mark_useful(reader, comment)
    services.mark_useful(other, comment)
    assert comment.useful == 2
    (seen,) = queries.list_comments(matter.id, reader)
    assert (seen.useful, seen.is_marked) == (2, True)
    assert not queries.list_comments(matter.id, writer)[0].is_marked
    assert not queries.list_comments(matter.id)[0].is_marked
    services.unmark_useful(reader, comment)
    services.unmark_useful(reader, comment)
    assert comment.useful == 1


@only_sqlite
def test_not_ones_own_and_not_a_hidden_one(make: Factory) -> None:
    matter, writer, reader = make.matter(), make.actor(), make.actor()
    comment = say(writer, matter)
    with pytest.raises(Forbidden, match="cannot_vote"):
        services.mark_useful(writer, comment)
    services.set_hidden(comment, DiscussionRule.SPAM)
    with pytest.raises(Forbidden, match="cannot_vote"):
        services.mark_useful(reader, comment)
    with pytest.raises(Forbidden):
        services.unmark_useful(ANONYMOUS, comment)


def test_a_hidden_comment_leaves_the_counts_and_its_words_stay_inside(make: Factory) -> None:
    matter, resident = make.matter(), make.actor()
    comment = say(resident, matter, "kanarialintu", stance=Stance.AGAINST)
    say(resident, matter, "vastaus", parent=comment)
    services.set_hidden(comment, DiscussionRule.HATE)
    with pytest.raises(WrongState):
        services.set_hidden(comment, DiscussionRule.HATE)
    assert matter.comments == 1
    assert sum(queries.count_by_stance(matter.id).values()) == 1
    (thread,) = queries.list_comments(matter.id)
    assert thread.words == ""
    assert thread.instead
    assert thread.replies[0].words == "vastaus"
    assert list(db.session.scalars(Comment.visible().with_only_columns(Comment.text))) == [
        "vastaus"
    ]
    services.set_hidden(comment, None)
    assert matter.comments == 2
    assert queries.list_comments(matter.id)[0].words == "kanarialintu"


def test_pages_of_threads_in_both_orders(make: Factory) -> None:
    matter, reader = make.matter(), make.actor()
    writer = actor_since(make, 240)
    threads = [say(writer, matter, f"ketju {n}") for n in range(queries.THREADS + 3)]
    say(writer, matter, "vastaus", parent=threads[0])
    services.mark_useful(reader, threads[5])
    newest = queries.page_comments(matter.id, ANONYMOUS)
    assert [said.id for said in newest.items] == [c.id for c in threads[:2:-1]]
    last = queries.page_comments(matter.id, ANONYMOUS, cursor=newest.next)
    assert [said.words for said in last.items] == ["ketju 2", "ketju 1", "ketju 0"]
    assert last.items[-1].replies[0].words == "vastaus"
    assert last.next is None
    assert last.previous is not None
    useful = queries.page_comments(matter.id, ANONYMOUS, "useful")
    assert useful.items[0].id == threads[5].id
    rest = queries.page_comments(matter.id, ANONYMOUS, "useful", useful.next)
    assert len(rest.items) == 3
    assert len(queries.list_comments(matter.id)) == queries.THREADS


def test_the_most_debated_and_the_threads_with_the_city_in_them_come_first(make: Factory) -> None:
    matter, writer = make.matter(), actor_since(make, 240)
    official = make.actor(Role.OFFICIAL, unit="sports")
    councillor = make.actor(Role.COUNCILLOR, body="tela")
    threads = [say(writer, matter, f"ketju {n}") for n in range(queries.THREADS + 3)]
    for _ in range(2):
        say(writer, matter, "vastaus", parent=threads[4])
    answer = say(official, matter, "kaupungin vastaus", parent=threads[1])
    own = say(councillor, matter, "valtuutetun ketju")

    def order(sort: str) -> list[int]:
        first = queries.page_comments(matter.id, ANONYMOUS, sort)
        second = queries.page_comments(matter.id, ANONYMOUS, sort, first.next)
        assert (len(first.items), second.next) == (queries.THREADS, None)
        back = queries.page_comments(matter.id, ANONYMOUS, sort, second.previous)
        assert [said.id for said in back.items] == [said.id for said in first.items]
        return [said.id for said in (*first.items, *second.items)]

    rest = sorted((thread.id for thread in threads), reverse=True)
    alone = [n for n in rest if n not in (threads[4].id, threads[1].id)]
    assert order("debated") == [threads[4].id, threads[1].id, own.id, *alone]
    city = [own.id, threads[1].id]
    assert order("official") == [*city, *(n for n in rest if n != threads[1].id)]
    services.set_hidden(answer, DiscussionRule.OFF_TOPIC)
    services.set_hidden(own, DiscussionRule.OFF_TOPIC)
    assert order("official") == [own.id, *rest]
    assert order("debated") == [threads[4].id, own.id, *(n for n in rest if n != threads[4].id)]
    services.set_hidden(answer, None)
    assert order("official")[0] == threads[1].id


def test_a_comment_is_found_on_the_page_of_its_cursor(make: Factory) -> None:
    matter = make.matter()
    writer = actor_since(make, 240)
    threads = [say(writer, matter, f"ketju {n}") for n in range(25)]
    reply = say(writer, matter, "vastaus", parent=threads[2])
    page = queries.page_comments(matter.id, ANONYMOUS, cursor=queries.cursor_at(reply))
    assert page.items[0].id == threads[2].id
    assert page.items[0].replies[0].id == reply.id


@only_sqlite
def test_a_former_user_has_no_name(make: Factory) -> None:
    matter = make.matter()
    comment = say(make.actor(), matter)
    with db.engine.begin() as connection:
        connection.execute(
            Comment.__table__.update().where(Comment.id == comment.id).values(author_id=None)
        )
    db.session.rollback()
    assert queries.list_comments(matter.id)[0].by != ""
    assert db.session.scalars(select(Comment.author_id)).one() is None
