"""The official answer: complete in both languages, immutable, corrected, closed; drafts."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.answers import queries, services
from app.answers.completeness import AnswerDraft, PromiseDraft
from app.answers.models import Answer, SavedDraft
from app.core import clock
from app.core.access import Actor, Role
from app.core.errors import Forbidden, Invalid, WrongState
from app.extensions import db
from app.journal import Kind, text_digest
from app.journal.chain import canonical
from app.journal.queries import as_entry, list_entries
from app.journal.replay import differences
from app.promises.models import Promise
from app.promises.queries import list_promises
from app.promises.services import keep_promise
from app.proposals.lifecycle import Outcome, State
from app.proposals.models import Matter
from app.responses import services as responses
from app.search.queries import matching
from tests.casework import NO, OTHER_UNIT, UNIT, WHY, Casework, answer, both, in_days, promise
from tests.factories import Factory
from tests.parallel import in_parallel

BOTH = ("fi", "sv")


@pytest.fixture
def work(make: Factory) -> Casework:
    return Casework(make)


def problems(draft: AnswerDraft, work: Casework) -> set[tuple[str, str | None, str]]:
    """Field, language and problem of everything that keeps an answer from being published."""
    with pytest.raises(Invalid, match="answer_incomplete") as refused:
        services.publish_answer(work.official, work.prepared(), draft)
    found = refused.value.facts["missing"]
    return {(check["field"], check["language"], check["problem"]) for check in found}


def test_a_complete_answer_is_published(work: Casework) -> None:
    matter = work.prepared()
    published = services.publish_answer(work.official, matter, answer(promises=[promise()]))
    assert (matter.state, matter.outcome) == (State.ANSWERED, Outcome.ACTION)
    assert matter.answered_at == clock.now()
    assert published.version == 1
    assert published.texts["sv"]["sentence"] == "Rakennamme valot på svenska"
    assert (published.cost_cents, published.unit) == (11_800_000, UNIT)
    assert published.contract is not None
    facts = as_entry(list_entries("matter", matter.id)[-2]).facts
    assert facts == {
        "version": 1,
        "outcome": "action",
        "unit": UNIT,
        "work": "core",
        "cost_cents": 11_800_000,
        "languages": ["fi", "sv"],
        "text": text_digest(canonical(published.texts), published.salt),
        "contract": published.contract.digest,
        "decision": None,
    }
    assert not list(differences())


@pytest.mark.parametrize("part", ["sentence", "reasons", "next_step", "would_change"])
@pytest.mark.parametrize("language", BOTH)
def test_every_part_is_needed_in_every_official_language(
    work: Casework, part: str, language: str
) -> None:
    texts = both("Teksti") | {language: "  "}
    draft = answer(**{**NO, part: texts})
    assert problems(draft, work) == {(part, language, "empty")}


@pytest.mark.parametrize("outcome", list(Outcome))
def test_partly_and_no_action_say_what_would_change_the_answer(
    work: Casework, outcome: Outcome
) -> None:
    draft = answer(outcome=outcome)
    if outcome in (Outcome.PARTLY, Outcome.NO_ACTION):
        needed = {("would_change", code, "empty") for code in BOTH}
        assert problems(draft, work) == needed
    else:
        services.publish_answer(work.official, work.prepared(), draft)


def test_a_new_project_names_what_ends(work: Casework) -> None:
    draft = answer(work="new_project")
    assert problems(draft, work) == {("ends", code, "empty") for code in BOTH}
    services.publish_answer(
        work.official, work.prepared(), answer(work="new_project", ends=both("Vanha hanke"))
    )


def test_the_sentence_has_at_most_200_characters(work: Casework) -> None:
    fits, long = {"fi": "a" * 200, "sv": "a" * 200}, {"fi": "a" * 201, "sv": "a"}
    services.publish_answer(work.official, work.prepared(), answer(sentence=fits))
    assert problems(answer(sentence=long), work) == {("sentence", "fi", "too_long")}


@pytest.mark.parametrize(
    ("due", "problem"), [(None, "empty"), (0, "not_in_future"), (-1, "not_in_future")]
)
def test_a_promise_has_a_date_in_the_future(work: Casework, due: int | None, problem: str) -> None:
    day = None if due is None else in_days(due)
    draft = answer(promises=[PromiseDraft(both("Valot"), day)])
    assert problems(draft, work) == {("promise_due", None, problem)}


def test_a_promise_is_made_in_both_languages(work: Casework) -> None:
    draft = answer(promises=[promise(), PromiseDraft({"fi": "Valot"}, in_days(3))])
    assert problems(draft, work) == {("promise_what", "sv", "empty")}


def test_what_is_begun_is_finished(work: Casework) -> None:
    """Parts that nobody demands are complete once they are there at all."""
    draft = answer(budget_line={"fi": "Katuvalaistus"}, would_change={"sv": "Mer trafik"})
    assert problems(draft, work) == {
        ("budget_line", "sv", "empty"),
        ("would_change", "fi", "empty"),
    }


def test_an_empty_answer_names_everything_that_is_missing(work: Casework) -> None:
    draft = AnswerDraft(None, {}, {}, None, {}, cost_cents=-1, work=None)
    assert problems(draft, work) == {
        ("outcome", None, "not_chosen"),
        ("cost", None, "not_an_amount"),
        *((part, code, "empty") for part in ("sentence", "reasons", "next_step") for code in BOTH),
    }
    assert ("work", None, "not_chosen") in problems(answer(work=None), work)


def test_an_added_language_is_complete_too(work: Casework) -> None:
    sentence = both("Valot") | {"en": "We build the lights"}
    draft = answer(sentence=sentence, budget_line=None, outcome="transferred")
    assert problems(draft, work) == {("reasons", "en", "empty"), ("next_step", "en", "empty")}
    whole = answer(
        sentence=sentence,
        reasons=both("Syy") | {"en": "Many people walk there"},
        next_step=both("Työ") | {"en": "Work starts"},
        budget_line=None,
        outcome="transferred",
    )
    published = services.publish_answer(work.official, work.prepared(), whole)
    assert sorted(published.texts) == ["en", "fi", "sv"]


def test_nothing_is_left_behind_by_a_refused_answer(work: Casework) -> None:
    matter = work.prepared()
    with pytest.raises(Invalid):
        services.publish_answer(work.official, matter, answer(reasons={}))
    assert matter.state == State.IN_PREPARATION
    assert queries.get_answer(matter.id) is None


def test_wrong_unit_and_own_matter(work: Casework) -> None:
    stranger = work.make.actor(Role.OFFICIAL, unit=OTHER_UNIT)
    with pytest.raises(Forbidden, match="not_your_unit"):
        services.publish_answer(stranger, work.prepared(), answer())
    colleague = work.make.actor(Role.OFFICIAL, unit=UNIT)
    own = work.prepared(author=colleague)
    with pytest.raises(Forbidden, match="own_matter"):
        services.publish_answer(colleague, own, answer())
    services.publish_answer(work.official, own, answer())


@pytest.mark.parametrize("stage", ["registered", "answered"])
def test_only_what_is_in_preparation_is_answered(work: Casework, stage: str) -> None:
    matter = getattr(work, stage)()
    with pytest.raises(WrongState):
        services.publish_answer(work.official, matter, answer())


def test_two_officials_answer_at_once_and_one_of_them_wins(work: Casework, context: Flask) -> None:
    matter_id = work.prepared().id
    other = work.make.actor(Role.OFFICIAL, unit=UNIT)

    def act(actor: Actor) -> Any:
        def run() -> None:
            matter = db.session.get_one(Matter, matter_id)
            services.publish_answer(actor, matter, answer(promises=[promise()]))

        return run

    assert in_parallel(context, [act(work.official), act(other)]) == [
        "WrongState:wrong_state",
        "done",
    ]
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Answer)) == 1
    assert db.session.scalar(select(func.count()).select_from(Promise)) == 1


def test_a_published_version_never_changes(work: Casework) -> None:
    published = queries.get_answer(work.answered().id)
    assert published is not None
    published.cost_cents = 1
    with pytest.raises(RuntimeError, match="cannot be changed"):
        db.session.flush()
    db.session.rollback()


def test_a_correction_is_a_new_version_with_its_reason(work: Casework, held: Any) -> None:
    matter = work.answered()
    answered_at = matter.answered_at
    held(clock.now() + timedelta(days=2))
    corrected = services.correct_answer(
        work.official, matter, answer(cost_cents=12_000_000), both("Hinta oli väärin"), 1
    )
    assert corrected.version == 2
    assert [version.version for version in queries.list_versions(matter.id)] == [2, 1]
    assert queries.list_versions(matter.id)[1].cost_cents == 11_800_000
    assert matter.state == State.ANSWERED
    assert matter.answered_at == answered_at
    entry = as_entry(list_entries("matter", matter.id)[-1])
    assert (entry.kind, entry.facts["version"]) == (Kind.CORRECTED, 2)
    assert entry.facts["reason"] == corrected.correction
    assert not list(differences())


def test_a_correction_keeps_outcome_and_promises(work: Casework) -> None:
    matter = work.answered()
    for draft, code in (
        (answer(**NO), "correction_outcome"),
        (answer(promises=[promise()]), "correction_promises"),
        (answer(reasons={}), "answer_incomplete"),
    ):
        with pytest.raises(Invalid, match=code):
            services.correct_answer(work.official, matter, draft, WHY, 1)
    with pytest.raises(Invalid, match="not_every_language"):
        services.correct_answer(work.official, matter, answer(), {"fi": "Syy"}, 1)


def test_only_an_answer_can_be_corrected(work: Casework) -> None:
    with pytest.raises(WrongState, match="no_answer"):
        services.correct_answer(work.official, work.prepared(), answer(), WHY, 1)
    stranger = work.make.actor(Role.OFFICIAL, unit=OTHER_UNIT)
    with pytest.raises(Forbidden):
        services.correct_answer(stranger, work.answered(), answer(), WHY, 1)


def test_the_answer_is_found_in_both_languages(work: Casework) -> None:
    matter = work.answered(reasons={"fi": "Lepakot nukkuvat", "sv": "Fladdermössen sover"})
    for word in ("lepakot", "fladdermössen", "1/10.03.01/2026"):
        hits = matching(word)
        assert hits is not None
        assert list(db.session.scalars(hits)) == [matter.id]


def test_no_action_is_closed_with_reasons(work: Casework) -> None:
    matter = work.answered(**NO)
    with pytest.raises(Invalid, match="not_every_language"):
        services.close_matter(work.official, matter, {"fi": "Syy"})
    services.close_matter(work.official, matter, WHY)
    assert matter.state == State.CLOSED


def test_a_matter_with_an_open_promise_is_not_closed(work: Casework) -> None:
    matter = work.answered(promises=[promise()])
    with pytest.raises(WrongState, match="still_promised"):
        services.close_matter(work.official, matter, WHY)
    stored = list_promises([matter.id])[matter.id][0]
    keep_promise(work.official, stored, both("Näkyy"))
    services.close_matter(work.official, matter, WHY)
    assert matter.state == State.CLOSED


def test_what_was_typed_is_kept_until_it_is_published(work: Casework) -> None:
    matter = work.prepared()
    first = services.save_answer_draft(work.official, matter, {"sentence_fi": "Rake"}, 0)
    assert first.version == 1
    services.save_answer_draft(work.official, matter, {"sentence_fi": "Rakennamme"}, 1)
    draft = queries.get_draft(matter.id)
    assert draft is not None
    assert (draft.fields, draft.version) == ({"sentence_fi": "Rakennamme"}, 2)
    services.publish_answer(work.official, matter, answer())
    assert queries.get_draft(matter.id) is None


def test_nobody_saves_over_words_they_have_not_seen(work: Casework) -> None:
    matter = work.prepared()
    services.save_answer_draft(work.official, matter, {"sentence_fi": "Minun"}, 0)
    with pytest.raises(Invalid, match="draft_changed"):
        services.save_answer_draft(work.official, matter, {"sentence_fi": "Toisen"}, 0)
    assert db.session.get_one(SavedDraft, matter.id).fields == {"sentence_fi": "Minun"}


def test_readers_of_answers(work: Casework, held: Any) -> None:
    first = work.answered()
    held(clock.now() + timedelta(days=1))
    second = work.answered(promises=[promise(5)])
    services.correct_answer(work.official, second, answer(sentence=both("Korjattu")), WHY, 1)
    unanswered = work.prepared()
    recent = queries.answered_recently(5)
    assert [(r.matter.id, r.answer.version) for r in recent] == [(second.id, 2), (first.id, 1)]
    found = queries.get_answers([first.id, second.id, unanswered.id])
    assert {key: value.version for key, value in found.items()} == {first.id: 1, second.id: 2}
    assert len(queries.answered_recently(1)) == 1


@pytest.mark.parametrize("leave", ["handed_over", "transferred"])
def test_a_draft_does_not_follow_the_matter_to_another(work: Casework, leave: str) -> None:
    matter, kept = work.prepared(), work.prepared()
    for each in (matter, kept):
        services.save_answer_draft(work.official, each, {"sentence_fi": "Sisäinen luonnos"}, 0)
    if leave == "handed_over":
        work.handed_over(matter)
    else:
        responses.transfer(work.official, matter, "hsl", WHY)
    assert queries.get_draft(matter.id) is None
    assert queries.get_draft(kept.id) is not None


ACTS = {
    "draft": lambda actor, m: services.save_answer_draft(actor, m, {}, 0),
    "publish": lambda actor, m: services.publish_answer(actor, m, answer()),
    "close": lambda actor, m: services.close_matter(actor, m, WHY),
}
OPEN_IN = {
    "draft": {"prepared", "asked", "at_body"},
    "publish": {"prepared"},
    "close": {"answered"},
}


@pytest.mark.parametrize("act", ACTS)
def test_another_unit_and_other_people_may_do_nothing(work: Casework, act: str) -> None:
    matter = work.prepared()
    strangers = [
        work.make.actor(Role.OFFICIAL, unit=OTHER_UNIT),
        work.make.actor(Role.MODERATOR),
        work.author,
        work.registry,
    ]
    for stranger in strangers:
        with pytest.raises(Forbidden, match="not_your_unit"):
            ACTS[act](stranger, matter)


@pytest.mark.parametrize("act", ACTS)
def test_nobody_answers_a_matter_they_started(work: Casework, act: str) -> None:
    matter = work.registered(author=work.official)
    with pytest.raises(Forbidden, match="own_matter"):
        ACTS[act](work.official, matter)


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", ["registered", "prepared", "asked", "at_body", "answered"])
@pytest.mark.parametrize("act", ACTS)
def test_each_act_has_its_states(work: Casework, act: str, name: str) -> None:
    matter = work.at(name)
    if name in OPEN_IN[act]:
        ACTS[act](work.official, matter)
        assert not list(differences())
    else:
        with pytest.raises(WrongState):
            ACTS[act](work.official, matter)
