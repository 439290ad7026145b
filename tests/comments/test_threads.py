"""Long discussions: pages and threads of bounded length, addresses of comments, kept numbers."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, func, insert, select

from app.comments import editing, queries, services
from app.comments.editing import Change
from app.comments.models import Capacity, Comment, CommentVersion, CommentVote, Stance
from app.comments.rules import DiscussionRule
from app.core.access import ANONYMOUS, Actor, Role
from app.core.command import command
from app.core.errors import DomainError
from app.core.paging import encode
from app.extensions import db
from app.moderation import services as moderation
from app.proposals.models import Matter
from tests.conftest import START
from tests.factories import Factory
from tests.pages import counting, page

only_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
SignIn = Callable[[FlaskClient, Actor], None]


def say(actor: Actor, matter: Matter, text: str, **rest: Any) -> Comment:
    values = {"stance": Stance.NEUTRAL, "language": "fi"} | rest
    return services.add_comment(actor, matter, text=text, **values)


@pytest.fixture
def writer(make: Factory) -> Actor:
    """Somebody who has been here for long and may write a lot."""
    return make.person(created_at=START - timedelta(days=9), name="Lenkkeilijä").as_actor()


def words(said: list[queries.Said]) -> list[Any]:
    """The words of threads with those of their answers, nested."""
    return [[one.words, *words(one.replies)] if one.replies else one.words for one in said]


def delete(actor: Actor, comment: Comment) -> None:
    editing.delete_comment(actor, db.session.get_one(Matter, comment.matter_id), comment)


# ---------- places ----------


def test_answers_have_their_places_in_the_order_of_writing_and_of_reading(
    make: Factory, writer: Actor
) -> None:
    matter = make.matter()
    start = say(writer, matter, "alku")
    a = say(writer, matter, "a", parent=start)
    b = say(writer, matter, "b", parent=start)
    a1 = say(writer, matter, "a1", parent=a)
    b1 = say(writer, matter, "b1", parent=b)
    a2 = say(writer, matter, "a2", parent=a)
    found = [(c.place, c.branch) for c in (start, a, b, a1, b1, a2)]
    assert found == [(0, 0), (1, 1), (2, 2), (3, 1), (4, 2), (5, 1)]
    (thread,) = queries.page_thread(start, ANONYMOUS).items
    assert words([thread]) == [["alku", ["a", "a1", "a2"], ["b", "b1"]]]


@only_sqlite
def test_a_page_of_the_discussion_has_the_first_answers_only(make: Factory, writer: Actor) -> None:
    matter = make.matter()
    long, short = say(writer, matter, "pitkä"), say(writer, matter, "lyhyt")
    answers = [say(writer, matter, f"v{n}", parent=long) for n in range(9)]
    say(writer, matter, "ainoa", parent=short)
    first, second = queries.list_comments(matter.id)
    assert words([first, second]) == [["lyhyt", "ainoa"], ["pitkä", "v0", "v1", "v2", "v3", "v4"]]
    assert (first.answers, first.shown, second.answers, second.shown) == (1, 1, 9, 5)
    delete(writer, answers[0])
    services.set_hidden(answers[1], DiscussionRule.SPAM)
    second = queries.list_comments(matter.id)[1]
    assert words([second]) == [["pitkä", "", "v2", "v3", "v4"]]
    assert (second.answers, second.shown) == (7, 3)


def test_a_thread_has_pages_that_repeat_what_is_answered(
    make: Factory, writer: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "ANSWERS", 3)
    matter = make.matter()
    start = say(writer, matter, "alku")
    a = say(writer, matter, "a", parent=start)
    for number in range(3):
        say(writer, matter, f"a{number}", parent=a)
    say(writer, matter, "b", parent=start)
    first = queries.page_thread(start, ANONYMOUS)
    assert words(list(first.items)) == [["alku", ["a", "a0", "a1"]]]
    second = queries.page_thread(start, ANONYMOUS, first.next)
    assert words(list(second.items)) == [["alku", ["a", "a2"], "b"]]
    assert [one.is_repeated for one in second.items[0].replies] == [True, False]
    assert second.next is None
    back = queries.page_thread(start, ANONYMOUS, second.previous)
    assert words(list(back.items)) == words(list(first.items))


# ---------- addresses ----------


@only_sqlite
def test_an_address_leads_to_where_a_comment_is_seen_and_marked(
    client: FlaskClient, make: Factory, writer: Actor
) -> None:
    matter = make.matter()
    starts = [say(writer, matter, f"ketju {n}") for n in range(30)]
    answers = [say(writer, matter, f"vastaus {n}", parent=starts[3]) for n in range(70)]
    deep = say(writer, matter, "syvä vastaus", parent=answers[66])
    for comment, kind in (
        (starts[0], "comments?"),
        (starts[29], "comments?"),
        (answers[2], "comments?"),
        (answers[5], "/thread?"),
        (answers[69], "/thread?"),
        (deep, "/thread?"),
    ):
        answer = client.get(f"/en/matters/{matter.id}/comments/{comment.id}")
        assert answer.status_code == 303
        assert kind in answer.location
        assert answer.location.endswith(f"#comment-{comment.id}")
        seen = client.get(answer.location).text
        marked = re.findall(r'id="comment-(\d+)"[^>]* aria-current="true"', seen)
        assert marked == [str(comment.id)]
        assert comment.text in seen


@only_sqlite
def test_the_address_of_a_hidden_comment_is_for_its_author_and_moderators(
    client: FlaskClient, make: Factory, writer: Actor, sign_in: SignIn
) -> None:
    matter, moderator = make.matter(), make.actor(Role.MODERATOR)
    comment = say(writer, matter, "kanarialintu")
    moderation.hide_comment(moderator, comment, DiscussionRule.SPAM)
    here = f"/matters/{matter.id}/comments/{comment.id}"
    page(client, here, 404)
    for actor, status in ((make.actor(), 404), (writer, 303), (moderator, 303)):
        sign_in(client, actor)
        page(client, here, status)


@only_sqlite
def test_a_deleted_comment_is_gone_unless_it_holds_answers(
    client: FlaskClient, make: Factory, writer: Actor
) -> None:
    matter = make.matter()
    alone, answered = say(writer, matter, "yksin"), say(writer, matter, "alku")
    say(writer, matter, "vastaus", parent=answered)
    for comment in (alone, answered):
        delete(writer, comment)
    here = f"/matters/{matter.id}/comments"
    assert "deleted" in page(client, f"{here}/{alone.id}", 410)
    page(client, f"{here}/{alone.id}/thread", 410)
    page(client, f"{here}/{answered.id}", 303)
    seen = page(client, f"{here}/{answered.id}/thread")
    assert "The author deleted this comment." in seen
    assert "vastaus" in seen
    for comment in (alone, answered):
        page(client, f"{here}/{comment.id}/versions", 410)
        page(client, f"{here}?reply={comment.id}", 410)


@only_sqlite
def test_a_thread_is_opened_from_the_discussion_and_answered_there(
    client: FlaskClient, make: Factory, writer: Actor, sign_in: SignIn
) -> None:
    matter = make.matter()
    start = say(writer, matter, "alku")
    answers = [say(writer, matter, f"vastaus {n}", parent=start) for n in range(60)]
    here = f"/matters/{matter.id}/comments"
    for path in (here, f"/matters/{matter.id}"):
        assert "Show all 60 answers" in page(client, path)
    thread = f"{here}/{start.id}/thread"
    first = page(client, thread)
    assert "60 answers" in first
    ids = re.findall(r'id="comment-(\d+)"', first)
    assert [int(n) for n in ids] == [start.id, *(a.id for a in answers[: queries.ANSWERS])]
    following = re.search(r'href="([^"]+)" rel="next"', first)
    assert following
    assert f'id="comment-{answers[59].id}"' in client.get(following[1]).text
    assert page(client, f"{here}/{answers[0].id}/thread", 303)
    sign_in(client, make.actor())
    assert f'name="parent" type="hidden" value="{start.id}"' in page(client, thread)
    reply = page(client, f"{thread}?reply={answers[3].id}")
    assert f'name="parent" type="hidden" value="{answers[3].id}"' in reply


@only_sqlite
@pytest.mark.parametrize(
    "query",
    [
        "cursor=x",
        "cursor=" + encode("n", [1]),
        "cursor=" + encode("n", ["x", 1]),
        "cursor=" + encode("n", [1, 10**30]),
        "reply=x",
        "reply=99",
    ],
)
def test_a_broken_address_of_a_thread_is_not_found(
    client: FlaskClient, make: Factory, writer: Actor, query: str
) -> None:
    matter = make.matter()
    start = say(writer, matter, "alku")
    page(client, f"/matters/{matter.id}/comments/{start.id}/thread?{query}", 404)
    for number in ("0", "99", "9" * 30):
        for part in ("", "/thread", "/versions"):
            page(client, f"/matters/{matter.id}/comments/{number}{part}", 404)
    other = make.matter()
    page(client, f"/matters/{other.id}/comments/{start.id}/thread", 404)
    assert page(client, f"/matters/{matter.id}/comments?at=x")


# ---------- arguments on top ----------


def test_readers_choose_the_arguments_on_top(make: Factory, writer: Actor) -> None:
    matter, readers = make.matter(), [make.actor() for _ in range(3)]
    said = {}
    for stance in Stance:
        for marks in range(4):
            comment = say(writer, matter, f"{stance.value} {marks}", stance=stance)
            said[stance, marks] = comment
            for reader in readers[:marks]:
                services.mark_useful(reader, comment)
    found = queries.list_arguments(matter.id, ANONYMOUS)
    assert set(found) == {Stance.FOR, Stance.AGAINST}
    assert [one.words for one in found[Stance.FOR]] == ["for 3", "for 2", "for 1"]
    assert [one.useful for one in found[Stance.AGAINST]] == [3, 2, 1]
    services.set_hidden(said[Stance.FOR, 3], DiscussionRule.INSULT)
    delete(writer, said[Stance.FOR, 2])
    found = queries.list_arguments(matter.id, ANONYMOUS)
    assert [one.words for one in found[Stance.FOR]] == ["for 1"]


@only_sqlite
def test_the_arguments_stand_on_the_first_page_with_the_rule(
    client: FlaskClient, make: Factory, writer: Actor
) -> None:
    matter = make.matter()
    here = f"/matters/{matter.id}/comments"
    comments = [say(writer, matter, f"ajatus {n}", stance=Stance.FOR) for n in range(25)]
    heading = "Arguments for and against"
    assert heading not in page(client, here)
    services.mark_useful(make.actor(), comments[0])
    client.application.wsgi_app.entries.clear()  # a page follows marks within a minute
    seen = page(client, here)
    assert heading in seen
    assert "Their marks choose what stands here, not the city." in seen
    assert "Nobody has marked such a comment as useful yet." in seen
    assert f'href="/en{here}/{comments[0].id}"' in seen
    following = re.search(r'href="/en([^"]+)" rel="next"', seen)
    assert following
    assert heading not in page(client, following[1])


# ---------- badges ----------


@only_sqlite
def test_badges_stand_wherever_a_comment_stands(client: FlaskClient, make: Factory) -> None:
    author, reader = make.actor(), make.actor()
    matter = make.matter(author)
    badges = {
        make.actor(Role.OFFICIAL, unit="sports"): "Sports",
        make.actor(Role.COUNCILLOR, body="tela"): "Councillor, ",
        author: "Author of the matter",
    }
    comments = {}
    for actor, badge in badges.items():
        comments[badge] = say(actor, matter, f"Puhuu: {badge}", stance=Stance.FOR)
        services.mark_useful(reader, comments[badge])
    here = f"/matters/{matter.id}"
    top = page(client, f"{here}/comments").split('id="comments"')
    panel = page(client, here).split('id="discussion"')[1]
    for actor, badge in badges.items():
        number = comments[badge].id
        editing.edit_comment(actor, matter, comments[badge], Change("fi", "Puhuu taas."))
        history = page(client, f"{here}/comments/{number}/versions")
        thread = page(client, f"{here}/comments/{number}/thread")
        for place in (top[0], top[1], panel, thread, history):
            assert f'<span class="mark">{badge}' in place.replace("\u00ad", ""), badge


# ---------- a long discussion ----------


@command
def _fill(matter: Matter, actor: Actor, rows: list[dict[str, Any]]) -> None:
    same = {"matter_id": matter.id, "language": "fi", "salt": "", "at": START}
    same |= {"author_id": actor.person_id, "role": Capacity.RESIDENT, "useful": 0}
    db.session.execute(insert(Comment), [same | row for row in rows])


@pytest.fixture
def long_one(make: Factory, writer: Actor) -> Iterator[Matter]:
    """A discussion of 1 000 comments: 100 threads, the last of which has 900 answers."""
    matter = make.matter()
    start = {"level": 1, "parent_id": None, "thread_id": None, "place": 0, "branch": 0}
    starts = [
        start | {"id": n, "text": f"ketju {n}", "stance": Stance.FOR, "useful": n}
        for n in range(1, 101)
    ]
    starts[-1]["replies"] = 900
    for row in starts[:-1]:
        row["replies"] = 0
    answer = {"level": 2, "parent_id": 100, "thread_id": 100, "stance": Stance.NEUTRAL}
    answers = [
        answer | {"id": 100 + n, "text": f"vastaus {n}", "place": n, "branch": n}
        for n in range(1, 901)
    ]
    _fill(matter, writer, starts)
    _fill(matter, writer, answers)
    return matter


def test_a_thousand_comments_take_no_more_queries_and_rows_than_few(
    client: FlaskClient, make: Factory, long_one: Matter, sign_in: SignIn
) -> None:
    here = f"/en/matters/{long_one.id}"
    staff = (make.actor(Role.MODERATOR), make.actor(Role.OFFICIAL, unit="sports"))
    readers = (None, make.actor(), *staff)
    paths = [f"{here}/comments?sort={sort}" for sort in queries.ORDERS]
    paths += [f"{here}/comments/100/thread", f"{here}/comments/1/thread"]
    paths.append(f"{here}/comments/100/thread?cursor=" + encode("n", [500, 500]))
    for reader in readers:
        if reader is not None:
            sign_in(client, reader)
        for path in paths:
            client.application.wsgi_app.entries.clear()
            with counting() as statements:
                response = client.get(path)
            asked = [s for s in statements if not s.startswith("BEGIN")]
            assert response.status_code == 200
            assert len(asked) <= 8, (path, asked)
            shown = len(re.findall(r'id="comment-\d+"', response.text))
            most = queries.THREADS * (1 + queries.FIRST_ANSWERS)
            assert 1 <= shown <= max(most, queries.ANSWERS + 2)


@only_sqlite
def test_the_pages_are_read_by_indexes(context: Flask, long_one: Matter) -> None:
    """No page of a discussion sorts it or reads all of it."""
    start = db.session.get_one(Comment, 100)
    reads: list[Callable[[], Any]] = [
        *(lambda sort=sort: queries.page_comments(long_one.id, ANONYMOUS, sort)
          for sort in queries.ORDERS),
        lambda: queries.page_thread(start, ANONYMOUS),
        lambda: queries.list_arguments(long_one.id, ANONYMOUS),
        lambda: queries.count_by_stance(long_one.id),
        lambda: queries.list_comments(long_one.id),
    ]  # fmt: skip
    statements: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        statements.append((statement, parameters))

    with context.test_request_context("/en/"):
        event.listen(db.engine, "before_cursor_execute", note)
        for read in reads:
            read()
        event.remove(db.engine, "before_cursor_execute", note)
    raw = db.engine.raw_connection()
    for statement, parameters in statements:
        if not statement.startswith("SELECT"):
            continue
        plan = [row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)]
        assert not [step for step in plan if re.match(r"SCAN comment\b", step)], plan
    raw.close()


# ---------- kept numbers ----------

ACTS = ("write", "answer", "change", "delete", "hide", "show", "mark", "official")


def _check_numbers(matter: Matter) -> None:
    """What is kept equals what is counted."""
    db.session.rollback()
    rows = db.session.scalars(select(Comment).where(Comment.matter_id == matter.id)).all()
    seen = [c for c in rows if c.is_visible]
    assert matter.comments == len(seen)
    assert matter.comments == sum(queries.count_by_stance(matter.id).values())
    votes = dict(db.session.execute(
        select(CommentVote.comment_id, func.count()).group_by(CommentVote.comment_id)
    ).all())  # fmt: skip
    versions = dict(db.session.execute(
        select(CommentVersion.comment_id, func.count()).group_by(CommentVersion.comment_id)
    ).all())  # fmt: skip
    city = (Capacity.OFFICIAL, Capacity.COUNCILLOR)
    for comment in rows:
        assert comment.useful == votes.get(comment.id, 0)
        assert comment.version == versions.get(comment.id, 0) + 1
        below = [c for c in seen if c.thread_id == comment.id]
        spoken = [c for c in (*below, comment) if c.is_visible and c.role in city]
        kept = (len(below), int(bool(spoken))) if comment.level == 1 else (0, 0)
        assert (comment.replies, comment.official) == kept
        places = sorted(c.place for c in rows if c.thread_id == comment.id)
        assert places == list(range(1, len(places) + 1))
    _check_pages(matter, rows)


def _check_pages(matter: Matter, rows: Any) -> None:
    """Every comment that can be read stands on the page of its thread, and no deleted leaf does."""
    for start in (c for c in rows if c.level == 1 and queries.is_listed(c)):
        (thread,) = queries.page_thread(start, ANONYMOUS).items
        below = {c.id for c in rows if c.thread_id == start.id and queries.is_listed(c)}
        assert {one.id for one in _all(thread.replies)} == below
        assert thread.shown == thread.answers
    listed = {c.id for c in rows if c.level == 1 and queries.is_listed(c)}
    assert {one.id for one in queries.list_comments(matter.id, threads=99)} == listed


def _all(said: list[queries.Said]) -> Iterator[queries.Said]:
    for one in said:
        yield one
        yield from _all(one.replies)


@pytest.fixture
def people(make: Factory, writer: Actor) -> dict[str, Actor]:
    """Those who act in a discussion; the same in all examples."""
    official, moderator = make.actor(Role.OFFICIAL, unit="sports"), make.actor(Role.MODERATOR)
    return {"writer": writer, "official": official, "reader": make.actor(), "moderator": moderator}


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(acts=st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 9)), max_size=25))
def test_kept_numbers_are_the_counted_ones_whatever_happens(
    make: Factory, people: dict[str, Actor], acts: list[tuple[str, int]]
) -> None:
    matter = make.matter()
    for act, number in acts:
        rows = db.session.scalars(
            select(Comment).where(Comment.matter_id == matter.id).order_by(Comment.id)
        ).all()
        chosen = rows[number % len(rows)] if rows else None
        try:
            _do(act, number, matter, people, chosen)
        except DomainError:  # what the rules refuse changes nothing
            db.session.rollback()
    _check_numbers(matter)


def _do(
    act: str, number: int, matter: Matter, people: dict[str, Actor], chosen: Comment | None
) -> None:
    writer, stance = people["writer"], list(Stance)[number % 3]
    if act == "write" or chosen is None:
        say(writer, matter, f"teksti {number}", stance=stance)
    elif act == "official":
        say(people["official"], matter, "kaupunki", parent=chosen if number % 2 else None)
    elif act == "answer":
        say(writer, matter, "vastaus", parent=chosen, stance=stance)
    elif act == "change":
        editing.edit_comment(writer, matter, chosen, Change("fi", f"muutos {number}"))
    elif act == "delete":
        by = people["official"] if chosen.role == Capacity.OFFICIAL else writer
        delete(by, chosen)
    elif act == "hide":
        moderation.hide_comment(people["moderator"], chosen, DiscussionRule.SPAM)
    elif act == "show":
        moderation.show_comment(people["moderator"], chosen)
    else:
        services.mark_useful(people["reader"], chosen)
