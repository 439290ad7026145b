"""Only the moves of the table are possible, and each keeps card, counts and journal together."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from app.core.command import command
from app.core.errors import WrongState
from app.extensions import db
from app.journal import Entry, Kind, queries, replay, verification
from app.proposals import counts
from app.proposals.card import COLUMNS, Card, fold
from app.proposals.lifecycle import MOVES, UNANSWERED, Outcome, State
from app.proposals.models import Matter
from tests.factories import Factory
from tests.steps import FACTS, UNIT, WAYS, step, walk

AT = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
ANSWERS = (State.ANSWERED, State.IMPLEMENTING)

# The life as the domain draws it, written down a second time and differently: what leads from
# where to where.
LIFE = """
    draft published published
    published registered registered
    registered preparing in_preparation
    in_preparation asked waiting
    in_preparation sent_to_body waiting
    waiting replied in_preparation
    waiting resumed in_preparation
    waiting back_from_body in_preparation
    in_preparation answered answered
    answered closed closed
    answered implementing implementing
    implementing implemented implemented
    implemented evaluated evaluated
    implemented reopened in_preparation
    closed reopened in_preparation
"""
OPEN = "published registered in_preparation waiting answered implementing"
LEADS = {(State(a), Kind(k)): State(b) for a, k, b in map(str.split, LIFE.strip().splitlines())}
LEADS |= {(State(s), Kind(k)): State(k) for s in OPEN.split() for k in ("withdrawn", "transferred")}
LEADS |= {(state, Kind.MERGED): State.MERGED for state in UNANSWERED}
LEADS[State.PUBLISHED, Kind.DISMISSED] = State.CLOSED
EXITS = (State.WITHDRAWN, State.MERGED, State.TRANSFERRED)


def an_entry(kind: Kind) -> Entry:
    """An entry as the journal has it."""
    facts: dict[str, Any] = {"unit": UNIT, "case_number": "ESBO/1/2026", **FACTS.get(kind, {})}
    return Entry(kind, 1, "matter", 1, AT, "official", UNIT, None, facts)


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("state", State)
def test_every_kind_in_every_state(state: State, kind: Kind) -> None:
    card = Card(state=state, state_before="registered" if state in EXITS else None)
    target = LEADS.get((state, kind))
    if kind == Kind.RESTORED and state in EXITS:
        target = State.REGISTERED
    if target is not None:
        after = fold(card, an_entry(kind))
        assert after.state == target
        assert after.state_since == AT
        is_remembered = target in EXITS or kind == Kind.DISMISSED
        assert after.state_before == (state.value if is_remembered else None)
    elif kind in MOVES:
        with pytest.raises(WrongState):
            fold(card, an_entry(kind))
    else:
        assert fold(card, an_entry(kind)).state == state


def stored(matter: Matter) -> dict[str, Any]:
    """The whole row as the database has it, and how many entries the journal has."""
    row = db.session.execute(text("SELECT * FROM matter WHERE id = :id"), {"id": matter.id})
    found = dict(row.mappings().one())
    found["entries"], _ = queries.get_head()
    found["clocks"] = db.session.scalar(text("SELECT count(*) FROM duty_clock"))
    db.session.rollback()
    return found


def everything_agrees() -> None:
    """Kept counts are those counted afresh, tables follow from the journal, the chain holds."""
    db.session.rollback()
    assert counts.get_counts() == counts.counted()
    assert counts.get_groups() == counts.counted_groups()
    assert list(replay.differences()) == []
    assert verification.verify_database().ok


def test_the_database_takes_only_the_moves(make: Factory) -> None:
    for state in WAYS:
        matter = walk(make.draft(), state)
        before = stored(matter)
        for kind in MOVES:
            if (state, kind) in LEADS or (kind == Kind.RESTORED and state in EXITS):
                continue
            with pytest.raises(WrongState):
                step(matter, kind)
            assert stored(matter) == before, (state, kind)
    everything_agrees()


def test_every_move_is_counted_and_follows_from_the_journal(make: Factory) -> None:
    for (state, kind), target in LEADS.items():
        matter = walk(make.draft(), state)
        step(matter, kind)
        assert matter.state == target
        everything_agrees()


def test_a_refused_move_leaves_the_command_s_other_work_undone(make: Factory) -> None:
    matter = walk(make.draft(), State.REGISTERED)
    before = stored(matter)
    with pytest.raises(WrongState):
        _estimate_and_answer(matter)
    assert stored(matter) == before
    everything_agrees()


@command
def _estimate_and_answer(matter: Matter) -> None:
    step(matter, Kind.ESTIMATED)
    matter.title = "Something else"
    step(matter, Kind.ANSWERED)


@pytest.mark.parametrize("leaving", [Kind.WITHDRAWN, Kind.TRANSFERRED])
def test_a_restored_matter_is_where_it_was(make: Factory, leaving: Kind) -> None:
    for state in OPEN.split():
        matter = walk(make.draft(), State(state))
        before = {name: getattr(matter, name) for name in COLUMNS}
        step(matter, leaving)
        assert matter.state_before == state
        everything_agrees()
        step(matter, Kind.RESTORED)
        assert {name: getattr(matter, name) for name in COLUMNS} == before
        everything_agrees()


def test_a_dismissed_matter_is_brought_back_and_never_reopened(make: Factory) -> None:
    matter = walk(make.draft(), State.PUBLISHED)
    before = {name: getattr(matter, name) for name in COLUMNS}
    step(matter, Kind.DISMISSED)
    assert (matter.state, matter.state_before, matter.outcome) == (State.CLOSED, "published", None)
    with pytest.raises(WrongState):
        step(matter, Kind.REOPENED)
    everything_agrees()
    step(matter, Kind.RESTORED)
    assert {name: getattr(matter, name) for name in COLUMNS} == before
    everything_agrees()


def test_what_nobody_answered_is_transferred_instead(make: Factory) -> None:
    matter = walk(make.draft(), State.TRANSFERRED)
    assert matter.outcome == Outcome.TRANSFERRED
    assert matter.answered_at is None
    answered = walk(make.draft(), State.ANSWERED)
    step(answered, Kind.TRANSFERRED)
    assert answered.outcome == Outcome.ACTION


@pytest.mark.parametrize("state", [State.CLOSED, State.IMPLEMENTED])
def test_a_reopened_matter_has_no_outcome_until_its_new_answer(make: Factory, state: State) -> None:
    matter = walk(make.draft(), state)
    step(matter, Kind.REOPENED)
    assert matter.outcome is None
    step(matter, Kind.TRANSFERRED)
    step(matter, Kind.RESTORED)
    assert (matter.state, matter.outcome) == (State.IN_PREPARATION, None)
    step(matter, Kind.ANSWERED, outcome="no_action", version=2)
    assert matter.outcome == Outcome.NO_ACTION
    everything_agrees()


@pytest.mark.parametrize("state", UNANSWERED)
def test_outcomes_belong_to_answers(state: State) -> None:
    assert (
        fold(Card(state=State.WITHDRAWN, state_before=state), an_entry(Kind.RESTORED)).outcome
        is None
    )
    for answered in ANSWERS:
        card = Card(State.WITHDRAWN, state_before=answered, outcome=Outcome.PARTLY)
        assert fold(card, an_entry(Kind.RESTORED)).outcome == Outcome.PARTLY


def test_hiding_is_no_move(make: Factory) -> None:
    for number, state in enumerate(list(WAYS)[1:]):
        matter = walk(make.draft(), state)
        card = Card(**{name: getattr(matter, name) for name in COLUMNS})
        step(matter, Kind.HIDDEN)
        assert counts.get_counts()["all"].get("", 0) == number
        hidden = Card(**{name: getattr(matter, name) for name in COLUMNS})
        assert hidden == replace(card, hidden_rule="spam")
        step(matter, Kind.SHOWN)
        assert counts.get_counts()["all"] == {"": number + 1}
        assert Card(**{name: getattr(matter, name) for name in COLUMNS}) == card
        everything_agrees()


def test_a_hidden_matter_goes_on(make: Factory) -> None:
    """Hiding is a flag: handling and clocks do not notice it."""
    matter = walk(make.draft(), State.PUBLISHED)
    step(matter, Kind.HIDDEN)
    for kind in (Kind.REGISTERED, Kind.PREPARING, Kind.ASKED, Kind.REPLIED, Kind.ANSWERED):
        step(matter, kind)
    assert (matter.state, matter.hidden_rule) == (State.ANSWERED, "spam")
    everything_agrees()


def test_holders_follow_the_entries(make: Factory) -> None:
    matter = walk(make.draft(), State.IN_PREPARATION)
    assert (matter.holder_unit, matter.holder_body) == (UNIT, None)
    step(matter, Kind.SENT_TO_BODY)
    assert (matter.holder_unit, matter.holder_body) == (UNIT, "tela")
    step(matter, Kind.BACK_FROM_BODY)
    assert (matter.holder_unit, matter.holder_body) == (UNIT, None)
    step(matter, Kind.HANDED_OVER)
    assert (matter.holder_unit, matter.holder_body) == ("sports", None)
    assert counts.get_counts()["unit"] == {"sports": 1}
    everything_agrees()


def test_kept_counts_can_be_rebuilt(make: Factory) -> None:
    for state in WAYS:
        walk(make.draft(area=None, district=None), state)
    kept, groups = counts.get_counts(), counts.get_groups()
    assert groups
    db.session.execute(text("UPDATE queue_count SET n = n + 1"))
    db.session.execute(text("DELETE FROM matter_count WHERE facet <> 'kind'"))
    db.session.execute(text("UPDATE matter_count SET n = n + 3"))
    db.session.commit()
    assert counts.get_counts() != counts.counted()
    db.session.rollback()
    counts.rebuild_counts()
    assert counts.get_counts() == counts.counted() == kept
    assert counts.get_groups() == counts.counted_groups() == groups
