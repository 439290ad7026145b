"""Joining, separating and splitting on the pages, and what the pages of both matters show."""

import html
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from app.comments.rules import DiscussionRule
from app.core.access import Actor, Role
from app.extensions import db
from app.moderation import services as moderation
from app.proposals import services as proposals
from app.proposals import support as supporting
from app.proposals.lifecycle import State
from app.proposals.models import Matter
from app.registry.joining import Part, merge_matter, split_matter, unmerge_matter
from app.registry.queries import get_lineage
from tests.casework import WHY, Casework, answer
from tests.factories import Factory
from tests.pages import counting, page, send

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
SignIn = Callable[[FlaskClient, Actor], None]
REASON = {"reason_fi": "Sama asia", "reason_sv": "Samma sak"}
PART = Part("Hiekoitusta ulkoilureitille", "Reitti on talvella liukas.", "winter_maintenance")


@pytest.fixture
def work(make: Factory) -> Casework:
    return Casework(make)


def fields(key: str, **values: str) -> dict[str, str]:
    """A sent form of an act."""
    return {f"registry-{key}-{name}": value for name, value in (REASON | values).items()}


def part_fields(**values: str) -> dict[str, str]:
    whole = {"title": PART.title, "body": PART.body, "service": PART.service}
    return fields("split", **(whole | values))


def main(text: str) -> str:
    return text.partition("<main")[2].partition("</main>")[0]


def test_a_part_is_split_off_where_the_matter_is_handled(
    client: FlaskClient, work: Casework, sign_in: SignIn
) -> None:
    matter = work.prepared()
    sign_in(client, work.official)
    assert "Split off a part" in page(client, f"/queue/{matter.id}")
    path = f"/registry/{matter.id}/acts/split"
    refused = html.unescape(send(client, path, 422, **part_fields(title="Lyhyt")).text)
    assert "Write a title of at least ten characters." in refused
    assert 'value="Lyhyt"' in refused
    assert PART.body in refused
    assert '<option selected value="winter_maintenance">' in refused
    for _ in range(2):
        send(client, path, **part_fields())
    (made,) = get_lineage(matter).parts
    shown = page(client, f"/queue/{matter.id}")
    assert "Part of this is handled by itself." in shown
    assert f'href="/en/matters/{made.id}"' in shown
    assert f"A part was split off: the matter number {made.id}" in shown
    sign_in(client, work.registry)
    assert PART.title in page(client, "/registry")


def test_what_came_too_late_is_not_lost(
    client: FlaskClient, work: Casework, sign_in: SignIn
) -> None:
    matter = work.prepared()
    sign_in(client, work.official)
    work.answer(matter)
    late = send(client, f"/registry/{matter.id}/acts/split", 409, **part_fields())
    assert PART.body in html.unescape(late.text)
    assert "A colleague was faster" in late.text
    assert "Split off a part" not in page(client, f"/queue/{matter.id}")


def test_an_initiative_and_a_hidden_matter_offer_no_splitting(
    client: FlaskClient, work: Casework, sign_in: SignIn
) -> None:
    initiative, hidden = work.registered(kind="initiative"), work.registered()
    moderation.hide_matter(work.make.actor(Role.MODERATOR), hidden, DiscussionRule.SPAM)
    sign_in(client, work.registry)
    for matter in (initiative, hidden):
        shown = page(client, f"/queue/{matter.id}")
        assert "Join to another matter" in shown
        assert "Split off" not in shown
        send(client, f"/registry/{matter.id}/acts/split", 409, **part_fields())


def test_a_joined_matter_is_separated_where_it_is_handled(
    client: FlaskClient, work: Casework, sign_in: SignIn
) -> None:
    target, matter = work.prepared(), work.prepared()
    sign_in(client, work.official)
    send(client, f"/registry/{matter.id}/acts/merge", **fields("merge", into=str(target.id)))
    shown = page(client, f"/queue/{matter.id}")
    assert "Separate from the other matter" in shown
    assert "Bring the matter back" not in shown
    path = f"/registry/{matter.id}/acts/separate"
    send(client, path, 422, **{"registry-separate-reason_fi": "Eri asia"})
    send(client, path, **fields("separate"))
    assert matter.state == State.IN_PREPARATION
    send(client, path, 409, **fields("separate"))


# ---------- the budgeting team ----------


def test_the_budgeting_team_has_a_page_of_its_own(
    client: FlaskClient, work: Casework, sign_in: SignIn
) -> None:
    target, matter = work.prepared(), work.published()
    path = f"/matters/{matter.id}/joining"
    team = work.make.actor(Role.BUDGETING, unit="participation")
    sign_in(client, team)
    assert f'href="/en{path}"' in page(client, f"/matters/{matter.id}")
    shown = page(client, path)
    assert "Join to another matter" in shown
    assert "Leave spam" not in shown
    assert "Internal note" not in shown
    refused = send(client, f"{path}/merge", 422, **fields("merge", into="nothing"))
    assert "There is no open public matter with this number" in html.unescape(refused.text)
    send(client, f"{path}/merge", **fields("merge", into=str(target.id)))
    shown = page(client, path)
    assert "The matter is handled with the other one." in shown
    assert f'href="/en/matters/{target.id}"' in main(shown)
    assert send(client, f"{path}/merge", 409, **fields("merge", into=str(target.id)))
    send(client, f"{path}/separate", **fields("separate"))
    send(client, f"{path}/split", **part_fields())
    (made,) = get_lineage(matter).parts
    assert PART.title in page(client, path)
    journey = page(client.application.test_client(), f"/matters/{made.id}/journey")
    assert "The budgeting team published a part of another matter" in journey
    for key in ("dismiss", "number", "restore", "nothing"):
        send(client, f"{path}/{key}", 404)


def test_only_the_budgeting_team_opens_it_and_only_for_proposals(
    client: FlaskClient, work: Casework, sign_in: SignIn
) -> None:
    proposal, feedback = work.published(), work.published(kind="feedback")
    secret = work.published(kind="feedback", city_only=True)
    path = f"/matters/{proposal.id}/joining"
    assert "/sign-in" in client.get(f"/en{path}").headers["Location"]
    for role in Role:
        sign_in(client, work.make.actor(role))
        status = 200 if role == Role.BUDGETING else 403
        page(client, path, status)
        send(client, f"{path}/merge", 422 if role == Role.BUDGETING else 403)
        way = f'href="/en{path}"' in page(client, f"/matters/{proposal.id}")
        assert way == (role == Role.BUDGETING), role
    team = work.make.actor(Role.BUDGETING)
    own = work.published(author=team)
    sign_in(client, team)
    for matter, status in ((feedback, 403), (own, 403), (secret, 404)):
        page(client, f"/matters/{matter.id}/joining", status)
        send(client, f"/matters/{matter.id}/joining/split", status, **part_fields())
    page(client, "/matters/999/joining", 404)


# ---------- what everybody sees ----------


def test_both_journeys_tell_where_the_other_is(client: FlaskClient, work: Casework) -> None:
    target, matter = work.prepared(), work.registered()
    merge_matter(work.registry, matter, target.id, WHY)
    here, there = (page(client, f"/matters/{m.id}/journey") for m in (matter, target))
    assert "The registry joined the matter to another one" in here
    assert f"It is handled with the matter number {target.id}." in here
    assert f'<a href="/en/matters/{target.id}" lang="fi">{target.title}</a>' in here
    assert "The registry joined another matter to this one" in there
    assert f'<a href="/en/matters/{matter.id}" lang="fi">{matter.title}</a>' in there
    assert all(WHY["fi"] in text for text in (here, there))
    unmerge_matter(work.official, matter, WHY)
    made = split_matter(work.official, matter, PART, WHY)
    here, there = (page(client, f"/matters/{m.id}/journey") for m in (matter, target))
    assert f"not with the matter number {target.id}." in here
    assert f"The matter number {matter.id} is handled by itself again." in there
    assert f"The part is the matter number {made.id}." in here
    new = page(client, f"/matters/{made.id}/journey")
    assert "City Engineering Centre published a part of another matter" in new
    assert f"It was a part of the matter number {matter.id}." in new
    assert f'<a href="/en/matters/{matter.id}" lang="fi">{matter.title}</a>' in new


def test_the_pages_name_each_other_while_both_are_public(
    client: FlaskClient, work: Casework
) -> None:
    author = work.make.actor()
    target, matter = work.prepared(), work.published(author, title="Kanarialintu laulaa aamulla")
    made = split_matter(work.registry, matter, PART, WHY)
    merge_matter(work.registry, matter, target.id, WHY)
    moderator = work.make.actor(Role.MODERATOR)
    paths = [f"/matters/{m.id}{end}" for m in (target, made) for end in ("", "/journey")]
    assert all(matter.title in page(client, path) for path in paths)
    moderation.hide_matter(moderator, matter, DiscussionRule.SPAM)
    for path in paths:
        shown = page(client, path)
        assert matter.title not in shown
        assert f"/matters/{matter.id}" not in shown
    moderation.show_matter(moderator, matter)
    assert all(matter.title in page(client, path) for path in paths)
    unmerge_matter(work.registry, matter, WHY)
    proposals.edit_proposal(author, matter, "Pöllö huhuaa aamulla", "Teksti on uusi.")
    assert "Pöllö huhuaa aamulla" in page(client, paths[2])
    assert "Pöllö huhuaa aamulla" not in page(client, paths[0])


def test_who_supports_is_told_what_taking_back_does(
    client: FlaskClient, work: Casework, sign_in: SignIn
) -> None:
    target, matter, person = work.prepared(), work.prepared(), work.make.actor()
    supporting.support_proposal(person, matter.id)
    merge_matter(work.registry, matter, target.id, WHY)
    note = "If you take your support back here, it ends in them as well."
    assert note not in page(client, f"/matters/{target.id}")
    sign_in(client, person)
    shown = page(client, f"/matters/{target.id}")
    assert note in shown
    assert 'aria-pressed="true"' in shown
    assert note not in page(client, f"/matters/{matter.id}")
    send(client, f"/matters/{target.id}/unsupport")
    assert [db.session.get_one(Matter, m.id).supporters for m in (target, matter)] == [0, 0]


@pytest.mark.parametrize("lang", ["fi", "sv"])
def test_it_is_told_in_every_language(client: FlaskClient, work: Casework, lang: str) -> None:
    target, matter = work.prepared(), work.registered()
    merge_matter(work.registry, matter, target.id, WHY)
    made = split_matter(work.registry, target, PART, WHY)
    number = {"fi": f"asian numero {target.id} yhteydessä", "sv": f"ärende nummer {target.id}"}
    assert number[lang] in page(client, f"/matters/{matter.id}/journey", lang=lang)
    for one in (target, matter, made):
        for end in ("", "/journey"):
            shown = _words(page(client, f"/matters/{one.id}{end}", lang=lang))
            assert not re.search(r" (the|matter|supporters|handled) ", shown)


def _words(text: str) -> str:
    """What a person reads in the main part of a page."""
    parts = [part.partition(">")[2] for part in main(text).split("<")]
    return " ".join(parts)


def test_the_pages_stay_within_their_queries(
    client: FlaskClient, work: Casework, sign_in: SignIn
) -> None:
    target, plain, person = work.prepared(), work.prepared(), work.make.actor()
    for _ in range(3):
        merge_matter(work.registry, work.registered(), target.id, WHY)
    other = work.prepared()
    for number in range(3):
        split_matter(work.registry, other, Part(f"{PART.title} {number}", "Se.", PART.service), WHY)
    supporting.support_proposal(person, target.id)
    readers: list[Actor | None] = [None, person, work.official]
    for reader in readers:
        if reader is not None:
            sign_in(client, reader)
        needed = [_count(client, f"/matters/{matter.id}") for matter in (plain, target, other)]
        assert needed[1:] == needed[:1] * 2
        assert reader is not None or needed[0] <= 20
    needed = [_count(client, f"/matters/{matter.id}/journey") for matter in (plain, target)]
    assert needed[1] == needed[0] + 1


def _count(client: FlaskClient, path: str) -> int:
    """Statements of a page that is not in memory."""
    page(client, path)
    with counting() as statements:
        page(client, f"{path}?text=fi")
    return len(statements)


def test_the_answer_of_the_target_stands_for_both(client: FlaskClient, work: Casework) -> None:
    """Who opens the joined matter finds the way to the answer."""
    target, matter = work.prepared(), work.registered()
    merge_matter(work.registry, matter, target.id, WHY)
    work.answer(target, outcome=answer().outcome)
    shown = page(client, f"/matters/{matter.id}")
    assert "it is handled there" in shown
    assert f'href="/en/matters/{target.id}"' in shown
