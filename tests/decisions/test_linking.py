"""Linking: who may say that a decision is about a matter, and what the public then sees."""

import itertools
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.access import ANONYMOUS, SYSTEM, Actor, Role
from app.core.errors import Forbidden, Invalid, NotFound, WrongState
from app.decisions import queries, services
from app.decisions.models import MOVES, DecisionLink, LinkState, ProposedBy, TabledMatter
from app.extensions import db
from app.journal import Entry, Kind
from app.journal.queries import as_entry, list_entries
from app.journal.replay import differences
from app.notifications.readers import read_new
from app.proposals.models import Matter
from app.responses import services as responses
from tests.casework import Casework
from tests.decisions.data_of import NUMBER, bring, read_decision, registered, stored
from tests.decisions.test_decision_imports import on_agenda

OTHER = "42/10.03.01/2026"


def link(matter: Matter) -> DecisionLink:
    """The link of the one decision to a matter."""
    db.session.expire_all()
    found = queries.get_link(matter.id, stored().id)
    assert found is not None
    return found


def entries(matter: Matter) -> list[Entry]:
    """The journal of a matter."""
    return [as_entry(row) for row in list_entries("matter", matter.id)]


def kinds(matter: Matter) -> list[Kind]:
    """The journal's kinds of decisions in a matter's entries."""
    wanted = (Kind.DECISION_LINKED, Kind.DECISION_UNLINKED)
    return [entry.kind for entry in entries(matter) if entry.kind in wanted]


@pytest.fixture
def matter(work: Casework) -> Matter:
    """A matter to which the one decision is proposed."""
    found = registered(work)
    bring(read_decision())
    return found


def test_an_official_confirms_a_proposal_and_everybody_sees_it(
    matter: Matter, work: Casework
) -> None:
    services.link_decision(work.official, matter, stored())
    confirmed = link(matter)
    assert (confirmed.state, confirmed.proposed_by) == (LinkState.CONFIRMED, ProposedBy.MATCH)
    assert (confirmed.settled_by, confirmed.settled_at) == (work.official.person_id, clock.now())
    assert [d.id for d in queries.list_confirmed([matter.id])[matter.id]] == [stored().id]
    entry = entries(matter)[-1]
    assert (entry.kind, entry.role, entry.unit) == (
        Kind.DECISION_LINKED,
        "official",
        "street_engineering",
    )
    assert entry.facts == {
        "decision": stored().id,
        "case_number": NUMBER,
        "body": "tela",
        "decided_on": "2026-03-02",
        "digest": stored().digest,
    }


def test_a_decision_of_another_matter_is_refused(matter: Matter, work: Casework) -> None:
    other = registered(work, OTHER)
    with pytest.raises(Invalid, match="other_matters_decision"):
        services.link_decision(work.official, other, stored())
    with pytest.raises(Invalid, match="other_matters_decision"):
        services.link_decision(work.registry, other, stored())
    assert queries.list_links([other.id])[other.id] == []
    assert kinds(other) == []


def test_a_proposal_is_not_confirmed_once_its_number_is_another_matters(
    matter: Matter, work: Casework
) -> None:
    other = registered(work, OTHER)
    services.link_decision(work.official, matter, stored())
    bring(read_decision(case_number=OTHER))
    services.reject_decision(work.official, matter, stored(), "other_case")
    with pytest.raises(Invalid, match="other_matters_decision"):
        services.link_decision(work.official, matter, stored())
    services.link_decision(work.official, other, stored())


@pytest.mark.parametrize("number", [None, "77/10.03.01/2026"])
def test_a_decision_without_a_number_of_ours_is_linked_by_hand(
    work: Casework, number: str | None
) -> None:
    matter = registered(work)
    bring(read_decision(case_number=number))
    services.link_decision(work.registry, matter, stored())
    assert (link(matter).state, link(matter).proposed_by) == (
        LinkState.CONFIRMED,
        ProposedBy.PERSON,
    )
    assert entries(matter)[-1].role == "registry"


def test_taking_a_link_away_is_public_and_refusing_a_proposal_is_not(
    matter: Matter, work: Casework
) -> None:
    services.reject_decision(work.official, matter, stored(), "other_case")
    assert kinds(matter) == []
    services.link_decision(work.official, matter, stored())
    services.reject_decision(work.official, matter, stored(), "mistake")
    assert kinds(matter) == [Kind.DECISION_LINKED, Kind.DECISION_UNLINKED]
    entry = entries(matter)[-1]
    assert entry.facts == {"decision": stored().id, "reason": "mistake"}
    assert queries.list_confirmed([matter.id]) == {matter.id: []}


@pytest.mark.parametrize(("old", "new"), list(itertools.product(LinkState, MOVES)))
def test_only_listed_moves_are_possible(
    matter: Matter, work: Casework, old: LinkState, new: LinkState
) -> None:
    if old == LinkState.CONFIRMED:
        services.link_decision(work.official, matter, stored())
    if old == LinkState.REJECTED:
        services.reject_decision(work.official, matter, stored(), "mistake")

    def move() -> None:
        if new == LinkState.CONFIRMED:
            services.link_decision(work.official, matter, stored())
        else:
            services.reject_decision(work.official, matter, stored(), "mistake")

    if old in MOVES[new]:
        move()
        assert link(matter).state == new
    else:
        with pytest.raises(WrongState, match="link_settled"):
            move()
        assert link(matter).state == old


@pytest.mark.parametrize("act", ["link", "reject"])
def test_others_settle_nothing(matter: Matter, work: Casework, act: str) -> None:
    make = work.make
    others = [
        ANONYMOUS,
        SYSTEM,
        work.author,
        make.actor(),
        make.actor(Role.OFFICIAL, unit="sports"),
        make.actor(Role.COUNCILLOR, body="tela"),
        make.actor(Role.MODERATOR),
    ]
    for actor in others:
        with pytest.raises(Forbidden, match="not_your_unit"):
            _settle(act, actor, matter)
    assert link(matter).state == LinkState.PROPOSED


@pytest.mark.parametrize("act", ["link", "reject"])
@pytest.mark.parametrize("role", [Role.OFFICIAL, Role.REGISTRY])
def test_nobody_settles_links_of_the_own_matter(work: Casework, act: str, role: Role) -> None:
    unit = "street_engineering" if role == Role.OFFICIAL else "registry"
    author = work.make.actor(role, unit=unit)
    matter = work.registered(author)
    bring(read_decision(case_number=None))
    with pytest.raises(Forbidden, match="not_your_unit"):
        _settle(act, author, matter)


def _settle(act: str, actor: Actor, matter: Matter) -> None:
    if act == "link":
        services.link_decision(actor, matter, stored())
    else:
        services.reject_decision(actor, matter, stored(), "mistake")


def test_a_link_that_is_not_there_or_a_reason_that_is_none_is_refused(
    matter: Matter, work: Casework
) -> None:
    with pytest.raises(Invalid, match="unknown_reason"):
        services.reject_decision(work.official, matter, stored(), "because")
    other = registered(work, OTHER)
    with pytest.raises(NotFound):
        services.reject_decision(work.official, other, stored(), "mistake")
    with pytest.raises(NotFound):
        services.link_decision(work.registry, work.make.draft(), stored())


@pytest.mark.parametrize(
    "text",
    [
        NUMBER,
        " 041 / 10.03.01 / 2026 ",
        "41/2026",
        "20260302-1",
        "https://paatokset.example.org/?id=20260302-1",
    ],
)
def test_a_decision_is_found_by_number_identifier_and_address(matter: Matter, text: str) -> None:
    assert [found.id for found in queries.search_decisions(text)] == [stored().id]


@pytest.mark.parametrize("text", ["", " ", "%", "41", "\x00", "x" * 5000, "javascript:x"])
def test_other_texts_find_nothing(matter: Matter, text: str) -> None:
    assert queries.search_decisions(text) == []


# ---------- the table of a meeting ----------

AHEAD = date(2026, 4, 22)


def table() -> list[tuple[int, int]]:
    """Matters and meetings."""
    db.session.expire_all()
    return [(r.matter_id, r.meeting_id) for r in db.session.scalars(select(TabledMatter))]


def test_a_matter_whose_decision_waits_for_a_meeting_is_on_its_table(
    context: Flask, work: Casework
) -> None:
    matter = registered(work)
    bring(on_agenda(AHEAD, "20260302-1"))
    assert table() == []
    services.link_decision(work.official, matter, stored())
    assert table() == [(matter.id, stored().meeting_id)]
    services.reject_decision(work.official, matter, stored(), "mistake")
    assert table() == []


def test_the_table_follows_a_decision_to_another_meeting(context: Flask, work: Casework) -> None:
    matter = registered(work)
    bring(on_agenda(AHEAD, "20260302-1"))
    services.link_decision(work.official, matter, stored())
    before = stored().meeting_id
    later: Any = on_agenda(date(2026, 5, 20), "20260302-1")
    services.plan_meeting(SYSTEM, "tela", date(2026, 5, 20))
    bring(later)
    assert stored().meeting_id != before
    assert table() == [(matter.id, stored().meeting_id)]


def test_a_matter_sent_to_a_body_is_on_its_table_until_it_is_back(
    context: Flask, work: Casework
) -> None:
    matter = work.prepared()
    responses.send_to_body(work.official, matter, "tela", AHEAD)
    ((matter_id, _),) = table()
    assert matter_id == matter.id
    responses.back_from_body(work.official, matter)
    assert table() == []


def test_the_readers_of_the_journal_understand_links(matter: Matter, work: Casework) -> None:
    services.link_decision(work.official, matter, stored())
    services.reject_decision(work.official, matter, stored(), "mistake")
    while read_new():
        pass
    db.session.rollback()
    assert list(differences()) == []
