"""Joining, separating and splitting: who may, what is refused, what is told, where it is seen."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts.queries import get_person
from app.authoring import services as authoring
from app.authoring.links import invitation_token
from app.comments.rules import DiscussionRule
from app.core import clock
from app.core.access import Actor, Role
from app.core.errors import DomainError, Invalid
from app.core.mail import OutboxMail
from app.duties.queries import list_clocks
from app.duties.rules import ClockKind, Status
from app.extensions import db
from app.feedback.links import make_token
from app.feedback.models import FeedbackSender
from app.feedback.services import send_feedback
from app.follows import services as follows
from app.follows.queries import list_followers
from app.journal import Kind
from app.journal.queries import list_entries
from app.journal.replay import differences
from app.journal.verification import verify_database
from app.moderation import services as moderation
from app.notifications.readers import read_new
from app.proposals import card_sources
from app.proposals import services as proposals
from app.proposals import support as supporting
from app.proposals.lifecycle import MatterKind, State
from app.proposals.models import Matter
from app.registry.joining import Part, merge_matter, split_matter, unmerge_matter
from app.registry.queries import get_lineage
from app.registry.services import restore_matter
from tests.casework import OTHER_UNIT, WHY, Casework
from tests.factories import Factory
from tests.parallel import in_parallel
from tests.proposals.test_matter_page import page_of

Move = Callable[[Any], None]
only_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


@pytest.fixture
def work(make: Factory) -> Casework:
    return Casework(make)


@pytest.fixture
def part() -> Part:
    """A part that goes to another service than the matter."""
    return Part("Hiekoitusta ulkoilureitille", "Reitti on talvella liukas.", "winter_maintenance")


def refusal(act: Callable[..., Any], *args: Any) -> str:
    with pytest.raises(DomainError) as caught:
        act(*args)
    return caught.value.code


def kinds(matter: Matter) -> list[str]:
    return [row.kind for row in list_entries("matter", matter.id)]


def right() -> None:
    """Everything kept equals its source, and the chain of the journal is whole."""
    assert list(card_sources.differences()) == []
    assert list(differences()) == []
    assert verify_database().ok


# ---------- who may ----------


def allowed(work: Casework) -> list[Actor]:
    return [work.registry, work.official, work.make.actor(Role.BUDGETING)]


def refused(work: Casework) -> list[Actor]:
    other = work.make.actor(Role.OFFICIAL, unit=OTHER_UNIT)
    roles = (Role.MODERATOR, Role.ADMINISTRATOR, Role.AUDITOR)
    return [work.author, work.make.actor(), other, *(work.make.actor(role) for role in roles)]


def test_the_registry_the_unit_and_the_budgeting_team_may(work: Casework, part: Part) -> None:
    target = work.prepared()
    for actor in allowed(work):
        matter = work.registered(work.make.actor())
        merge_matter(actor, matter, target.id, WHY)
        unmerge_matter(actor, matter, WHY)
        assert split_matter(actor, matter, part, WHY).state == State.PUBLISHED
    right()


def test_nobody_else_may_and_nobody_in_a_matter_of_their_own(work: Casework, part: Part) -> None:
    matter, target, joined = work.registered(), work.prepared(), work.registered()
    merge_matter(work.registry, joined, target.id, WHY)
    cases = [(actor, matter, joined) for actor in refused(work)]
    for actor in allowed(work):
        own = [work.registered(author=actor) for _ in range(2)]
        other = work.official if actor == work.registry else work.registry
        merge_matter(other, own[1], target.id, WHY)
        cases.append((actor, own[0], own[1]))
    for actor, open_one, merged in cases:
        assert refusal(merge_matter, actor, open_one, target.id, WHY) == "cannot_merge"
        assert refusal(unmerge_matter, actor, merged, WHY) == "cannot_merge"
        assert refusal(split_matter, actor, open_one, part, WHY) == "cannot_merge"
    own = work.prepared(author=work.registry)
    assert refusal(merge_matter, work.registry, matter, own.id, WHY) == "cannot_merge"
    merge_matter(work.official, matter, own.id, WHY)
    assert refusal(unmerge_matter, work.registry, matter, WHY) == "cannot_merge"
    right()


@pytest.mark.parametrize("kind", ["feedback", "initiative"])
def test_the_budgeting_team_is_there_for_proposals_alone(
    work: Casework, part: Part, kind: str
) -> None:
    team, target = work.make.actor(Role.BUDGETING), work.prepared()
    matter = work.published(kind=kind)
    assert refusal(merge_matter, team, matter, target.id, WHY) == "cannot_merge"
    assert refusal(split_matter, team, matter, part, WHY) == "cannot_merge"


# ---------- what is refused ----------


def test_a_hidden_a_city_only_or_a_withdrawn_matter_takes_none_in(work: Casework) -> None:
    matter, hidden, gone = work.registered(), work.published(), work.published()
    city_only = work.published(kind="feedback", city_only=True)
    moderation.hide_matter(work.make.actor(Role.MODERATOR), hidden, DiscussionRule.SPAM)
    proposals.withdraw_proposal(work.author, gone, "Ei enää tarpeen")
    draft = work.make.draft()
    for other in (hidden.id, city_only.id, gone.id, draft.id, 0, 2**31 - 1):
        assert refusal(merge_matter, work.registry, matter, other, WHY) == "unknown_target"
    assert refusal(merge_matter, work.registry, matter, matter.id, WHY) == "same_matter"
    assert refusal(merge_matter, work.registry, matter, work.published().id, {"fi": "Vain"}) == (
        "not_every_language"
    )
    assert kinds(matter)[-1] == "registered"
    right()


def test_joining_or_separating_twice_is_refused(work: Casework) -> None:
    target, matter = work.prepared(), work.registered()
    merge_matter(work.registry, matter, target.id, WHY)
    assert refusal(merge_matter, work.registry, matter, target.id, WHY) == "wrong_state"
    unmerge_matter(work.registry, matter, WHY)
    assert refusal(unmerge_matter, work.registry, matter, WHY) == "wrong_state"
    assert kinds(target).count("merged_in") == kinds(target).count("parted") == 1
    right()


def test_a_joined_matter_is_separated_within_thirty_days(work: Casework, held: Move) -> None:
    target, matter, late = work.prepared(), work.registered(), work.registered()
    for one in (matter, late):
        merge_matter(work.registry, one, target.id, WHY)
    assert refusal(restore_matter, work.registry, matter, WHY) == "separate_instead"
    held(clock.end_of(clock.today() + timedelta(days=30)) - timedelta(minutes=1))
    assert refusal(unmerge_matter, work.registry, matter, {"fi": "Vain"}) == "not_every_language"
    unmerge_matter(work.registry, matter, WHY)
    assert (matter.state, get_lineage(matter).into) == (State.REGISTERED, None)
    held(clock.now() + timedelta(minutes=2))
    assert refusal(unmerge_matter, work.registry, late, WHY) == "unmerge_late"
    assert late.state == State.MERGED
    right()


def test_a_separated_matter_goes_on_with_its_clocks(work: Casework, held: Move) -> None:
    target, matter = work.prepared(), work.prepared()
    due = matter.next_due
    merge_matter(work.registry, matter, target.id, WHY)
    assert matter.next_due is None
    held(clock.now() + timedelta(days=5))
    unmerge_matter(work.official, matter, WHY)
    answer = {c.kind: c for c in list_clocks([matter.id])[matter.id]}[ClockKind.ANSWER]
    assert (matter.state, answer.status) == (State.IN_PREPARATION, Status.RUNNING)
    assert due is not None
    assert matter.next_due == due + timedelta(days=5)


def test_two_opposite_joinings_and_a_joining_of_three(work: Casework, context: Flask) -> None:
    one, two, three = (work.prepared().id for _ in range(3))
    registry = work.registry

    def join(matter_id: int, into: int) -> Any:
        return lambda: merge_matter(registry, db.session.get_one(Matter, matter_id), into, WHY)

    db.session.rollback()
    done = in_parallel(context, [join(one, two), join(two, one), join(two, three)])
    assert len(done) == 3
    assert set(done) <= {"done", "Invalid:unknown_target", "WrongState:wrong_state"}
    states = [db.session.get_one(Matter, number).state for number in (one, two, three)]
    assert states.count(State.MERGED) == done.count("done")
    right()


# ---------- splitting ----------


def test_a_part_is_a_matter_of_its_own_with_the_same_authors(work: Casework, part: Part) -> None:
    author, guest, follower, supporter = (work.make.actor() for _ in range(4))
    matter = work.prepared(author)
    authoring.accept(guest, invitation_token(authoring.invite(author, matter, None)))
    follows.follow(follower, matter)
    supporting.support_proposal(supporter, matter.id)
    made = split_matter(work.registry, matter, part, WHY)
    assert (made.kind, made.language, made.state) == (matter.kind, matter.language, "published")
    assert (made.title, made.summary, made.service) == (part.title, part.body, part.service)
    assert (made.area, made.district) == (matter.area, matter.district)
    assert made.author_ids == matter.author_ids
    assert list_followers(made.id) == list_followers(matter.id)
    assert (made.supporters, matter.supporters) == (0, 1)
    assert made.next_due is not None
    assert (matter.state, made.case_number) == (State.IN_PREPARATION, None)
    assert kinds(matter)[-1] == Kind.SPLIT
    assert kinds(made)[0] == Kind.PUBLISHED
    assert Kind.SPLIT_FROM in kinds(made)
    assert get_lineage(made).origin.id == matter.id
    assert [row.id for row in get_lineage(matter).parts] == [made.id]
    right()


def test_the_same_part_sent_again_changes_nothing(work: Casework, part: Part) -> None:
    matter = work.registered()
    made = split_matter(work.registry, matter, part, WHY)
    again = split_matter(work.registry, matter, Part(f" {part.title} ", part.body, "x"), WHY)
    assert again.id == made.id
    assert kinds(matter).count("split") == 1
    other = split_matter(work.registry, matter, Part(part.title, "Muuta.", part.service), WHY)
    assert other.id != made.id


def test_a_part_sent_twice_at_once_is_made_once(work: Casework, part: Part, context: Flask) -> None:
    number, registry = work.registered().id, work.registry

    def split() -> None:
        split_matter(registry, db.session.get_one(Matter, number), part, WHY)

    db.session.rollback()
    assert in_parallel(context, [split, split]) == ["done", "done"]
    assert db.session.scalars(select(func.count()).select_from(Matter)).one() == 2
    right()


def test_what_cannot_be_split(work: Casework, part: Part) -> None:
    initiative, hidden, answered = (
        work.published(kind="initiative"),
        work.registered(),
        work.answered(),
    )
    moderation.hide_matter(work.make.actor(Role.MODERATOR), hidden, DiscussionRule.SPAM)
    for matter, code in (
        (initiative, "initiative_whole"),
        (hidden, "hidden_whole"),
        (answered, "wrong_state"),
    ):
        assert refusal(split_matter, work.registry, matter, part, WHY) == code
    right()


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"title": "Lyhyt"}, "title_short"),
        ({"title": ""}, "title_short"),
        ({"title": "x" * 121}, "too_long"),
        ({"body": " \n "}, "no_body"),
        ({"body": "x" * 8001}, "too_long"),
        ({"body": "nolla\x00"}, "null_byte"),
        ({"service": "nothing"}, "unknown_service"),
        ({"service": ""}, "unknown_service"),
    ],
)
def test_a_part_that_is_not_complete_is_refused(
    work: Casework, part: Part, changed: dict[str, str], code: str
) -> None:
    matter = work.registered()
    bad = Part(**({"title": part.title, "body": part.body, "service": part.service} | changed))
    with pytest.raises(Invalid, match=code):
        split_matter(work.registry, matter, bad, WHY)
    with pytest.raises(Invalid, match="not_every_language"):
        split_matter(work.registry, matter, part, {"sv": "Bara"})
    assert db.session.scalars(select(func.count()).select_from(Matter)).one() == 1
    right()


def test_a_part_can_be_joined_back_and_split_again(work: Casework, part: Part) -> None:
    matter = work.registered()
    made = split_matter(work.registry, matter, part, WHY)
    merge_matter(work.registry, made, matter.id, WHY)
    lineage = get_lineage(made)
    assert (lineage.into.id, lineage.origin.id) == (matter.id, matter.id)
    unmerge_matter(work.registry, made, WHY)
    split_matter(work.registry, made, Part("Kolmas asia erikseen", "Se.", part.service), WHY)
    assert (len(get_lineage(made).parts), get_lineage(made).into) == (1, None)
    right()


# ---------- what is told ----------


def mails_to(*people: Actor) -> list[list[OutboxMail]]:
    """What each of them has got since the last time."""
    before = db.session.scalars(select(func.max(OutboxMail.id))).one() or 0
    while read_new(1000):
        pass
    new = db.session.scalars(select(OutboxMail).where(OutboxMail.id > before)).all()
    emails = [get_person(person.person_id or 0).email for person in people]
    return [[mail for mail in new if mail.recipient == email] for email in emails]


@only_sqlite
def test_authors_and_followers_of_both_are_told(work: Casework, held: Move) -> None:
    make = work.make
    asker, other, guest, follower, there, both, quiet = (make.actor() for _ in range(7))
    target, matter = work.prepared(other), work.registered(asker)
    authoring.accept(guest, invitation_token(authoring.invite(asker, matter, None)))
    for person, liked in ((follower, matter), (there, target), (both, matter), (both, target)):
        follows.follow(person, liked)
    follows.unfollow(guest, matter)
    follows.unfollow(other, target)
    supporting.support_proposal(quiet, matter.id)
    people = (asker, guest, follower, other, there, both, quiet)
    mails_to()
    held(clock.now() + timedelta(days=1))
    merge_matter(work.registry, matter, target.id, WHY)
    told = mails_to(*people)
    assert [len(mails) for mails in told] == [1, 1, 1, 1, 1, 2, 0]
    assert all(WHY["fi"] in mail.body for mails in told for mail in mails)
    assert f"/fi/matters/{target.id}" in told[0][0].body
    assert "30" in told[0][0].body
    assert f"/fi/matters/{matter.id}" in told[4][0].body
    assert matter.title not in told[4][0].body
    held(clock.now() + timedelta(days=1))
    unmerge_matter(work.registry, matter, WHY)
    told = mails_to(*people)
    assert [len(mails) for mails in told] == [2, 2, 2, 1, 1, 2, 0]
    assert f"/fi/matters/{matter.id}" in told[4][0].body


@only_sqlite
def test_of_a_split_each_hears_once(work: Casework, part: Part, held: Move) -> None:
    author, guest, follower, supporter = (work.make.actor() for _ in range(4))
    matter = work.registered(author)
    authoring.accept(guest, invitation_token(authoring.invite(author, matter, None)))
    follows.follow(follower, matter)
    supporting.support_proposal(supporter, matter.id)
    people = (author, guest, follower, supporter)
    mails_to()
    held(clock.now() + timedelta(days=1))
    made = split_matter(work.registry, matter, part, WHY)
    told = mails_to(*people)
    assert [len(mails) for mails in told] == [1, 1, 1, 0]
    assert all(f"/fi/matters/{made.id}" in mails[0].body for mails in told[:3])
    assert all(WHY["fi"] in mails[0].body for mails in told[:3])


@only_sqlite
def test_a_matter_for_the_city_alone_is_named_to_nobody_else(
    client: FlaskClient, work: Casework, part: Part
) -> None:
    author, reader = work.make.actor(), work.make.actor()
    secret = work.published(author, kind="feedback", city_only=True, title="Kanarialintu huutaa")
    target = work.prepared()
    follows.follow(reader, target)
    mails_to()
    merge_matter(work.registry, secret, target.id, {"fi": "Kanarialintu", "sv": "Kanariefågel"})
    (heard,) = mails_to(reader)
    pages = [page_of(client, target, path) for path in ("", "/journey")]
    for text in [*pages, *(mail.body for mail in heard)]:
        assert "anaria" not in text
        assert f"/matters/{secret.id}" not in text
    assert "A matter that is not public now is handled here." in pages[1]
    unmerge_matter(work.registry, secret, WHY)
    made = split_matter(work.registry, secret, part, WHY)
    assert made.city_only
    page_of(client, made, status=404)
    right()


@only_sqlite
def test_who_gave_feedback_without_an_account_has_a_link_to_the_part(
    client: FlaskClient, work: Casework, part: Part
) -> None:
    title = "Bussipysäkin katos vuotaa"
    where = {"theme": "streets", "service": "street_lighting"}
    draft = proposals.Draft(MatterKind.FEEDBACK, "fi", title, title, **where)
    sender = send_feedback(draft, "a@example.org", "form")
    matter = db.session.get_one(Matter, sender.matter_id)
    made = split_matter(work.registry, matter, part, WHY)
    link = db.session.get_one(FeedbackSender, made.id)
    assert (link.email, made.author_id) == (sender.email, None)
    assert link.key != sender.key
    with client.application.test_request_context("/en/"):
        own, of_part = make_token(sender), make_token(link)
    text = client.get(f"/en/feedback/{own}").text
    assert f"/en/feedback/{of_part}" in text
    assert part.title in text
    assert part.body in client.get(f"/en/feedback/{of_part}").text
    mails_to()
    sent = db.session.scalars(select(OutboxMail).where(OutboxMail.recipient == "a@example.org"))
    assert WHY["fi"] in [mail.body for mail in sent][-1]
    right()
