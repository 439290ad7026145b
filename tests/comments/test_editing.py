"""Authors change their comments, with every version kept in sight, and delete them for good."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.queries import get_person
from app.comments import editing, policies, queries, services
from app.comments.editing import Change
from app.comments.models import Comment, CommentVersion, CommentVote, Stance
from app.comments.rules import DiscussionRule
from app.core.access import ANONYMOUS, Actor, Role
from app.core.errors import DomainError, Forbidden, Gone, Invalid, TooMany, WrongState
from app.extensions import db
from app.journal import Kind, text_digest
from app.journal.queries import list_entries
from app.journal.replay import differences
from app.moderation import appeals
from app.moderation import services as moderation
from app.moderation.models import Report
from app.proposals.holding import HeldText
from app.proposals.models import Matter
from app.proposals.services import withdraw_proposal
from tests.conftest import START
from tests.factories import Factory
from tests.parallel import in_parallel

only_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
LINKS = "Katso https://a.example https://b.example https://c.example"
LONG = "Reitti on pimeä koko talven, ja siellä kulkee paljon koululaisia joka aamu."


def known(make: Factory, **columns: Any) -> Actor:
    """Somebody who has been here for long."""
    return make.person(created_at=START - timedelta(days=9), **columns).as_actor()


def trusted(make: Factory) -> Actor:
    """Somebody for whom the limits of new accounts do not hold."""
    writer = known(make)
    other = make.matter()
    for number in range(3):
        say(writer, other, f"Ajatus numero {number}.")
    return writer


def say(actor: Actor, matter: Matter, text: str = "Hyvä ajatus.", **rest: Any) -> Comment:
    values = {"stance": Stance.FOR, "language": "fi"} | rest
    return services.add_comment(actor, matter, text=text, **values)


def change(actor: Actor, comment: Comment, text: str, **rest: Any) -> bool:
    """Change a comment in the form that showed its present version, unless told otherwise."""
    matter = db.session.get_one(Matter, comment.matter_id)
    values = {"language": "fi", "text": text, "began": str(comment.version)} | rest
    return editing.edit_comment(actor, matter, comment, Change(**values))


def delete(actor: Actor, comment: Comment) -> None:
    editing.delete_comment(actor, db.session.get_one(Matter, comment.matter_id), comment)


def facts_of(matter: Matter, kind: Kind) -> list[dict[str, Any]]:
    return [json.loads(e.facts) for e in list_entries("matter", matter.id) if e.kind == kind]


def replayed() -> bool:
    db.session.rollback()
    return list(differences()) == []


# ---------- changing ----------


def test_a_change_is_a_version_that_everybody_can_read(make: Factory, held: Any) -> None:
    matter, writer = make.matter(), make.actor()
    comment = say(writer, matter, "Reitti on pimea.")
    first_salt = comment.salt
    answer = say(make.actor(), matter, "Niin on.", parent=comment)
    held(START + timedelta(minutes=5))
    assert change(writer, comment, "Reitti on pimeä.", language="sv")
    assert (comment.text, comment.language, comment.version) == ("Reitti on pimeä.", "sv", 2)
    assert comment.salt != first_salt
    assert (comment.at, comment.edited_at) == (START, START + timedelta(minutes=5))
    first, present = queries.list_versions(comment)
    assert (first.version, first.text, first.language) == (1, "Reitti on pimea.", "fi")
    assert (first.salt, first.written_at) == (first_salt, START)
    assert (present.version, present.text, present.written_at) == (
        2,
        "Reitti on pimeä.",
        START + timedelta(minutes=5),
    )
    assert (matter.comments, comment.stance) == (2, Stance.FOR)
    (thread,) = queries.list_comments(matter.id)
    assert (thread.version, thread.replies[0].id) == (2, answer.id)
    assert replayed()


@only_sqlite
def test_the_journal_has_the_digest_of_the_new_words_and_no_words(make: Factory) -> None:
    matter, official = make.matter(), make.actor(Role.OFFICIAL, unit="sports")
    comment = say(official, matter, "Valot tulevat.")
    change(official, comment, "Valot tulevat keväällä.")
    (facts,) = facts_of(matter, Kind.COMMENT_EDITED)
    assert facts == {
        "comment": comment.id,
        "version": 2,
        "language": "fi",
        "text": text_digest("Valot tulevat keväällä.", comment.salt),
    }
    entry = next(e for e in list_entries("matter", matter.id) if e.kind == Kind.COMMENT_EDITED)
    assert (entry.role, entry.unit) == ("official", "sports")


@only_sqlite
def test_what_is_the_same_makes_no_version(make: Factory) -> None:
    matter, writer = make.matter(), make.actor()
    comment = say(writer, matter, "Reitti on pimeä.")
    for text in ("Reitti on pimeä.", "  Reitti on pimeä. \r\n", "Reitti\u200b on pimeä."):
        assert change(writer, comment, text)
    assert (comment.version, comment.edited_at) == (1, None)
    assert facts_of(matter, Kind.COMMENT_EDITED) == []


def test_the_second_of_two_editors_is_told_and_overwrites_nothing(make: Factory) -> None:
    matter, writer = make.matter(), make.actor()
    comment = say(writer, matter, "Reitti on pimeä.")
    change(writer, comment, "Reitti on hyvin pimeä.", began="1")
    with pytest.raises(WrongState, match="changed_meanwhile"):
        change(writer, comment, "Reitti on kai pimeä.", began="1")
    assert (comment.text, comment.version) == ("Reitti on hyvin pimeä.", 2)
    assert change(writer, comment, "Reitti on hyvin pimeä.", began="1"), "the same, sent twice"
    assert comment.version == 2
    assert change(writer, comment, "Reitti on kai pimeä.", began="2")
    assert [v.text for v in queries.list_versions(comment)] == [
        "Reitti on pimeä.",
        "Reitti on hyvin pimeä.",
        "Reitti on kai pimeä.",
    ]


def test_of_two_editors_at_the_same_time_one_is_told(context: Flask, make: Factory) -> None:
    matter, writer = make.matter(), make.actor()
    ids = matter.id, say(writer, matter, "Reitti on pimeä.").id
    db.session.rollback()

    def act(text: str) -> Callable[[], Any]:
        return lambda: editing.edit_comment(
            writer,
            db.session.get_one(Matter, ids[0]),
            db.session.get_one(Comment, ids[1]),
            Change("fi", text, "1"),
        )

    came = in_parallel(context, [act("Yksi."), act("Kaksi.")])
    assert came == ["WrongState:changed_meanwhile", "done"]
    comment = db.session.get_one(Comment, ids[1])
    assert comment.version == 2
    assert comment.text in ("Yksi.", "Kaksi.")
    assert replayed()


@only_sqlite
def test_who_may_change_and_delete(make: Factory) -> None:
    author = make.actor()
    matter, writer = make.matter(author), make.actor()
    comment = say(writer, matter)
    others = (ANONYMOUS, make.actor(), author, make.actor(Role.MODERATOR))
    for actor in others:
        with pytest.raises(Forbidden, match="not_comment_author"):
            change(actor, comment, "Toinen.")
        with pytest.raises(Forbidden, match="not_comment_author"):
            delete(actor, comment)
    moderator = make.actor(Role.MODERATOR)
    appeals.block(moderator, get_person(writer.person_id or 0), "7", DiscussionRule.INSULT, "")
    blocked = get_person(writer.person_id or 0).as_actor()
    with pytest.raises(Forbidden, match="blocked"):
        change(blocked, comment, "Toinen.")
    assert comment.version == 1
    delete(blocked, comment)
    assert comment.deleted_at is not None


@only_sqlite
def test_nothing_is_changed_in_a_closed_discussion_but_one_can_delete(make: Factory) -> None:
    author, writer = make.actor(), make.actor()
    matter = make.matter(author)
    comment = say(writer, matter)
    withdraw_proposal(author, matter, "Hoidettiin jo.")
    with pytest.raises(Forbidden, match="comments_closed"):
        change(writer, comment, "Toinen.")
    delete(writer, comment)
    assert matter.comments == 0


@only_sqlite
def test_bad_words_change_nothing(make: Factory) -> None:
    matter, writer = make.matter(), make.actor()
    comment = say(writer, matter)
    for bad in ("", "  ", "\u200b\u202e", "ä" * 2001, "nolla\x00tavu"):
        with pytest.raises(Invalid):
            change(writer, comment, bad)
    with pytest.raises(Invalid, match="unknown_language"):
        change(writer, comment, "Toinen.", language="xx")
    for began in ("0", "2", "x", "-1"):
        with pytest.raises(WrongState):
            change(writer, comment, "Toinen.", began=began)
    assert (comment.text, comment.version) == ("Hyvä ajatus.", 1)


@only_sqlite
def test_a_comment_is_not_changed_without_end(
    make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(editing, "MOST_VERSIONS", 3)
    matter, writer = make.matter(), make.actor()
    comment = say(writer, matter, "yksi")
    for text in ("kaksi", "kolme"):
        change(writer, comment, text)
    with pytest.raises(Invalid, match="too_many_versions"):
        change(writer, comment, "neljä")
    assert comment.text == "kolme"


# ---------- changing and moderation ----------


def test_what_was_hidden_cannot_be_changed_into_view_nor_deleted(make: Factory) -> None:
    matter, writer, moderator = make.matter(), make.actor(), make.actor(Role.MODERATOR)
    comment = say(writer, matter, "kanarialintu")
    change(writer, comment, "kuukkeli")
    moderation.hide_comment(moderator, comment, DiscussionRule.INSULT)
    for act in (lambda: change(writer, comment, "Hyvä."), lambda: delete(writer, comment)):
        with pytest.raises(WrongState, match="comment_is_hidden"):
            act()
    assert comment.hidden_rule == DiscussionRule.INSULT
    (said,) = queries.list_comments(matter.id, writer)
    assert said.words == ""
    readers = {reader: policies.can_read(reader, comment) for reader in (writer, moderator)}
    assert all(readers.values())
    assert not policies.can_read(ANONYMOUS, comment)
    assert not policies.can_read(make.actor(), comment)
    moderation.show_comment(moderator, comment)
    assert change(writer, comment, "Hyvä.")
    assert replayed()


def test_a_change_with_many_links_waits_and_the_earlier_words_stand(make: Factory) -> None:
    matter, writer, moderator = make.matter(), make.actor(), make.actor(Role.MODERATOR)
    comment = say(writer, matter, "Katso sivua.")
    assert not change(writer, comment, LINKS)
    assert not change(writer, comment, LINKS), "the same change waits once"
    assert (comment.text, comment.version) == ("Katso sivua.", 1)
    (held,) = db.session.scalars(select(HeldText))
    assert (held.is_edit, held.parent_id, held.text) == (True, comment.id, LINKS)
    assert appeals.release(moderator, matter, held)
    assert (comment.text, comment.version, matter.comments) == (LINKS, 2, 1)
    (facts,) = facts_of(matter, Kind.COMMENT_EDITED)
    assert facts["text"] == text_digest(LINKS, comment.salt)
    assert replayed()


@only_sqlite
def test_a_change_that_was_refused_never_stands(make: Factory) -> None:
    matter, writer, moderator = make.matter(), make.actor(), make.actor(Role.MODERATOR)
    comment = say(writer, matter, "Katso sivua.")
    assert not change(writer, comment, LINKS)
    (held,) = db.session.scalars(select(HeldText))
    appeals.refuse(moderator, matter, held, DiscussionRule.SPAM, "Mainos.")
    assert (comment.text, comment.version) == ("Katso sivua.", 1)
    assert queries.find_waiting_edit(comment) is None


@only_sqlite
def test_a_new_change_takes_the_place_of_the_one_that_waits(make: Factory) -> None:
    matter, writer = make.matter(), make.actor()
    comment = say(writer, matter, "Katso sivua.")
    assert not change(writer, comment, LINKS)
    assert not change(writer, comment, f"{LINKS} nyt")
    (held,) = db.session.scalars(select(HeldText))
    assert held.text == f"{LINKS} nyt"
    assert change(writer, comment, "Katso sivua."), "back to what stands"
    assert db.session.scalars(select(HeldText)).all() == []
    assert comment.version == 1


@only_sqlite
def test_a_waiting_change_is_not_released_over_what_moved_on(make: Factory, held: Any) -> None:
    matter, writer, moderator = make.matter(), make.actor(), make.actor(Role.MODERATOR)
    comment = say(writer, matter, "Katso sivua.")
    assert not change(writer, comment, LINKS)
    (waiting,) = db.session.scalars(select(HeldText))
    moderation.hide_comment(moderator, comment, DiscussionRule.SPAM)
    with pytest.raises(WrongState, match="comment_is_hidden"):
        editing.release_edit(writer, matter, waiting)
    moderation.show_comment(moderator, comment)
    with db.engine.begin() as connection:  # as if the author had changed it at that moment
        later = {"edited_at": START + timedelta(minutes=1)}
        connection.execute(Comment.__table__.update().values(later))
    db.session.rollback()
    with pytest.raises(WrongState, match="edit_overtaken"):
        editing.release_edit(writer, matter, waiting)
    assert comment.text == "Katso sivua."


@only_sqlite
def test_a_repeated_text_waits_but_a_mended_one_does_not(make: Factory) -> None:
    matter, writer = make.matter(), make.actor()
    first = services.submit_comment(writer, matter, services.Words(Stance.FOR, "fi", LONG))
    second = say(writer, matter, "Jotain muuta.")
    assert first is not None
    assert not change(writer, second, LONG), "the same words twice"
    assert change(writer, first, LONG.replace(",", "")), "only a comma went"
    assert change(writer, first, LONG), "and came back"
    assert first.version == 3


@only_sqlite
def test_who_is_trusted_changes_with_links_at_once(make: Factory) -> None:
    writer = trusted(make)
    comment = say(writer, make.matter(), "Katso sivua.")
    assert change(writer, comment, LINKS)


@only_sqlite
def test_a_slow_discussion_is_slow_for_changes_too(
    make: Factory, held: Callable[[Any], None]
) -> None:
    matter, writer, moderator = make.matter(), make.actor(), make.actor(Role.MODERATOR)
    comment = say(writer, matter)
    appeals.slow_down(moderator, matter, 5)
    with pytest.raises(TooMany, match="slow_discussion"):
        change(writer, comment, "Toinen.")
    held(START + timedelta(minutes=6))
    assert change(writer, comment, "Toinen.")
    with pytest.raises(TooMany, match="slow_discussion"):
        services.submit_comment(writer, matter, services.Words(Stance.FOR, "fi", "Kolmas."))
    held(START + timedelta(minutes=12))
    assert services.submit_comment(writer, matter, services.Words(Stance.FOR, "fi", "Kolmas."))


# ---------- deleting ----------


def test_nothing_of_a_deleted_comment_is_left(make: Factory) -> None:
    matter, reader = make.matter(), make.actor()
    official = make.actor(Role.OFFICIAL, unit="sports")
    comment = say(official, matter, "kanarialintu", stance=Stance.AGAINST)
    change(official, comment, "kuukkeli")
    services.mark_useful(reader, comment)
    moderation.report(reader, matter, comment, DiscussionRule.INSULT, "")
    delete(official, comment)
    row = db.session.execute(select(Comment.__table__)).mappings().one()
    assert (row["text"], row["salt"], row["author_id"], row["unit"]) == ("", "", None, None)
    assert (row["role"], row["stance"], row["useful"], row["form_key"]) == (
        "resident",
        "neutral",
        0,
        None,
    )
    for table in (CommentVersion, CommentVote, HeldText):
        assert db.session.scalars(select(table)).all() == []
    (report,) = db.session.scalars(select(Report))
    assert report.closed_at is not None
    (facts,) = facts_of(matter, Kind.COMMENT_DELETED)
    assert facts == {"comment": comment.id}
    assert (matter.comments, sum(queries.count_by_stance(matter.id).values())) == (0, 0)
    assert queries.list_comments(matter.id) == []
    assert replayed()


def test_answers_keep_their_place_below_what_was_deleted(make: Factory) -> None:
    matter, writer, other = make.matter(), make.actor(), make.actor()
    first = say(writer, matter, "yksi")
    second = say(writer, matter, "kaksi", parent=first)
    third = say(other, matter, "kolme", parent=second)
    delete(writer, first)
    delete(writer, second)
    (thread,) = queries.list_comments(matter.id)
    assert (thread.by, thread.words, thread.answers) == ("", "", 1)
    assert thread.instead
    (reply,) = thread.replies
    assert reply.instead
    assert reply.replies[0].words == "kolme"
    assert matter.comments == 1
    assert queries.is_listed(first)
    delete(other, third)
    assert queries.list_comments(matter.id) == []
    assert not queries.is_listed(first)
    assert not queries.is_listed(second)
    assert queries.page_comments(matter.id, ANONYMOUS).items == []
    assert replayed()


@only_sqlite
def test_a_deleted_answer_without_answers_is_not_listed(make: Factory) -> None:
    matter, writer = make.matter(), make.actor()
    first = say(writer, matter, "yksi")
    second = say(writer, matter, "kaksi", parent=first)
    say(writer, matter, "kolme", parent=first)
    delete(writer, second)
    (thread,) = queries.list_comments(matter.id)
    assert [reply.words for reply in thread.replies] == ["kolme"]
    assert thread.answers == 1


@only_sqlite
def test_what_was_deleted_stays_so(make: Factory) -> None:
    matter, writer, other = make.matter(), make.actor(), make.actor()
    moderator = make.actor(Role.MODERATOR)
    comment = say(writer, matter)
    say(other, matter, "vastaus", parent=comment)
    delete(writer, comment)
    acts: list[tuple[Callable[[], Any], type[DomainError], str]] = [
        (lambda: change(writer, comment, "Takaisin."), Gone, "comment_deleted"),
        (lambda: delete(writer, comment), Gone, "comment_deleted"),
        (lambda: say(other, matter, "vielä", parent=comment), Invalid, "reply_to_deleted"),
        (lambda: services.mark_useful(other, comment), Forbidden, "cannot_vote"),
        (
            lambda: moderation.report(other, matter, comment, DiscussionRule.SPAM, ""),
            Forbidden,
            "cannot_report",
        ),
        (
            lambda: moderation.hide_comment(moderator, comment, DiscussionRule.SPAM),
            Gone,
            "comment_deleted",
        ),
        (lambda: moderation.show_comment(moderator, comment), WrongState, "not_hidden"),
    ]
    for act, error, code in acts:
        with pytest.raises(error, match=code):
            act()
    assert not policies.can_read(writer, comment)


@only_sqlite
def test_a_change_that_waits_goes_with_the_comment(make: Factory) -> None:
    matter, writer, moderator = make.matter(), make.actor(), make.actor(Role.MODERATOR)
    comment = say(writer, matter, "Katso sivua.")
    change(writer, comment, f"{LINKS} kanarialintu")
    (first,) = db.session.scalars(select(HeldText))
    appeals.refuse(moderator, matter, first, DiscussionRule.SPAM, "")
    change(writer, comment, f"{LINKS} kuukkeli")
    delete(writer, comment)
    (left,) = db.session.scalars(select(HeldText))
    assert (left.id, left.text) == (first.id, "")


def test_nobody_waits_for_the_other_forever(context: Flask, make: Factory) -> None:
    """An answer, a mark, a hiding and a change of the same thread lock in one order."""
    writer, reader, moderator = known(make), make.actor(), make.actor(Role.MODERATOR)
    matter = make.matter()
    ids = matter.id, say(writer, matter).id
    db.session.rollback()

    def with_both(act: Callable[[Matter, Comment], Any]) -> Callable[[], Any]:
        return lambda: act(db.session.get_one(Matter, ids[0]), db.session.get_one(Comment, ids[1]))

    acts = [
        with_both(lambda m, c: say(writer, m, "vastaus", parent=c)),
        with_both(lambda m, c: say(reader, m, "vastaus", parent=c)),
        with_both(lambda m, c: services.mark_useful(reader, c)),
        with_both(lambda m, c: moderation.hide_comment(moderator, c, DiscussionRule.SPAM)),
        with_both(lambda m, c: change(writer, c, "Toinen.", began="")),
    ]
    late = {"Invalid:reply_to_hidden", "Forbidden:cannot_vote", "WrongState:comment_is_hidden"}
    assert set(in_parallel(context, acts)) <= late | {"done"}
    assert replayed()


def test_deleting_and_answering_at_the_same_time(context: Flask, make: Factory) -> None:
    writer, reader, matter = make.actor(), make.actor(), make.matter()
    ids = matter.id, say(writer, matter).id
    db.session.rollback()

    def both() -> tuple[Matter, Comment]:
        return db.session.get_one(Matter, ids[0]), db.session.get_one(Comment, ids[1])

    def answer() -> None:
        matter, comment = both()
        say(reader, matter, "vastaus", parent=comment)

    acts: list[Callable[[], Any]] = [
        lambda: editing.delete_comment(writer, *both()),
        lambda: editing.delete_comment(writer, *both()),
        lambda: services.mark_useful(reader, both()[1]),
        answer,
    ]
    came = in_parallel(context, acts)
    assert "Gone:comment_deleted" in came
    assert set(came) <= {
        "Forbidden:cannot_vote",
        "Gone:comment_deleted",
        "Invalid:reply_to_deleted",
        "done",
    }
    assert db.session.scalars(select(CommentVote)).all() == []
    assert replayed()
