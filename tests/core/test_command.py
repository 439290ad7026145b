"""The transaction: all or nothing, inner commands join, nothing is written outside a command."""

import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, event, func, select, update

from app import journal
from app.core import clock, mail, topics
from app.core.access import SYSTEM
from app.core.command import command, scratch
from app.core.errors import Invalid, NotFound
from app.core.topics import Topic
from app.extensions import db
from app.journal.models import JournalHead
from app.proposals.models import Matter
from app.proposals.services import count_change
from app.proposals.support import support_proposal
from tests.factories import Factory


@command
def add_topic(name: str) -> Topic:
    """One row."""
    topic = Topic(name=name, version=1, touched_at=clock.now())
    db.session.add(topic)
    return topic


@command
def add_two(*, fail: bool) -> None:
    """Two inner commands, and perhaps a refusal after them."""
    add_topic("one")
    add_topic("two")
    if fail:
        raise Invalid("empty")


@command
def do_everything(matter: Matter, *, fail: bool) -> None:
    """A row, a count, a message, a page version and an entry of the journal."""
    count_change(matter, "comments", 1)
    mail.post("somebody@example.org", "Subject", "Body")
    topics.touch("matters")
    journal.record(journal.Kind.SHOWN, matter, SYSTEM)
    if fail:
        raise Invalid("empty")


def names() -> set[str]:
    found = set(db.session.scalars(select(Topic.name).where(Topic.name.in_(["one", "two"]))))
    db.session.rollback()
    return found


def traces(matter_id: int) -> dict[str, Any]:
    """All that `do_everything` changes."""
    found = {
        "comments": db.session.get_one(Matter, matter_id).comments,
        "mails": db.session.scalars(select(func.count()).select_from(mail.OutboxMail)).one(),
        "version": topics.versions(["matters"])["matters"],
        "entries": db.session.scalars(select(JournalHead.count)).one(),
    }
    db.session.rollback()
    return found


def test_a_command_commits_what_it_did(context: Flask) -> None:
    add_topic("one")
    db.session.rollback()
    assert names() == {"one"}


def test_a_failed_command_leaves_nothing_behind(make: Factory) -> None:
    matter = make.matter()
    before = traces(matter.id)
    with pytest.raises(Invalid):
        do_everything(matter, fail=True)
    assert traces(matter.id) == before
    do_everything(matter, fail=False)
    after = traces(matter.id)
    assert all(after[name] == before[name] + 1 for name in before)


def test_a_refusal_after_inner_commands_undoes_them_too(context: Flask) -> None:
    with pytest.raises(Invalid):
        add_two(fail=True)
    assert names() == set()


def test_inner_commands_join_and_there_is_one_commit(context: Flask) -> None:
    commits: list[Any] = []
    event.listen(db.session(), "after_commit", commits.append)
    add_two(fail=False)
    assert len(commits) == 1
    assert names() == {"one", "two"}


def test_nothing_can_be_written_outside_a_command(make: Factory) -> None:
    matter = make.matter()
    for write in (
        scratch,
        lambda: topics.touch("matters"),
        lambda: mail.post("somebody@example.org", "Subject", "Body"),
        lambda: journal.record(journal.Kind.SHOWN, matter, SYSTEM),
    ):
        with pytest.raises(RuntimeError, match="only a command may write"):
            write()


def test_a_command_refuses_to_carry_along_a_change_made_outside(make: Factory) -> None:
    matter = make.matter()
    matter.title = "Changed outside"
    with pytest.raises(RuntimeError, match="outside a command"):
        add_topic("one")
    db.session.rollback()
    assert names() == set()


def test_the_space_of_a_command_ends_with_it(context: Flask) -> None:
    with pytest.raises(Invalid):
        add_two(fail=True)
    with pytest.raises(RuntimeError):
        scratch()
    add_topic("one")
    with pytest.raises(RuntimeError):
        scratch()


def test_a_command_reads_afresh(make: Factory) -> None:
    matter = make.matter()
    assert matter.comments == 0
    with db.engine.begin() as other:
        other.execute(update(Matter).where(Matter.id == matter.id).values(comments=7))
    count_change(matter, "comments", 1)
    assert traces(matter.id)["comments"] == 8


def test_a_thing_that_is_gone_is_not_found(context: Flask) -> None:
    @command
    def touch_it(topic: Topic) -> None:
        raise AssertionError("not reached")

    topic = add_topic("one")
    assert topic.name == "one"
    with db.engine.begin() as other:
        other.execute(delete(Topic).where(Topic.name == "one"))
    with pytest.raises(NotFound):
        touch_it(topic)


def test_acts_at_the_same_time_lose_nothing(make: Factory, context: Flask) -> None:
    """Several people support one matter at once: each of them counts."""
    matter = make.matter()
    people = [[make.actor() for _ in range(8)] for _ in range(4)]
    matter_id = matter.id
    db.session.rollback()
    failures: list[BaseException] = []

    def support(actors: list[Any]) -> None:
        try:
            with context.app_context():
                for actor in actors:
                    support_proposal(actor, matter_id)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=support, args=(group,)) for group in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert db.session.get_one(Matter, matter_id).supporters == 32
