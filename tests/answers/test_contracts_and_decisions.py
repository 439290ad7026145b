"""The effect contract, the decision behind an answer, and who is responsible for what."""

from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.answers import queries, services
from app.answers.completeness import AnswerDraft
from app.answers.models import EffectContract
from app.city import get_city
from app.city.models import Unit
from app.core import clock, topics
from app.core.command import command
from app.core.errors import Invalid
from app.extensions import db
from app.journal import Kind, record, text_digest
from app.journal.catalogue import CURRENT
from app.journal.chain import canonical
from app.journal.queries import as_entry, list_entries
from app.journal.replay import differences
from app.promises.queries import list_promises
from app.proposals.lifecycle import Outcome
from app.proposals.models import Matter
from tests.casework import NO, OTHER_UNIT, UNIT, WHY, Casework, answer, both, contract, promise
from tests.factories import Factory
from tests.steps import FACTS

BOTH = ("fi", "sv")
OLD_FACTS = ("version", "outcome", "work", "cost_cents", "languages", "text")


@pytest.fixture
def work(make: Factory) -> Casework:
    return Casework(make)


def problems(work: Casework, draft: AnswerDraft, matter: Matter | None = None) -> set[Any]:
    """Field, language and problem of everything that keeps an answer from being published."""
    with pytest.raises(Invalid, match="answer_incomplete") as refused:
        services.publish_answer(work.official, matter or work.prepared(), draft)
    found = refused.value.facts["missing"]
    return {(check["field"], check["language"], check["problem"]) for check in found}


def facts_of(matter: Matter, kind: str) -> dict[str, Any]:
    """The facts of the latest entry of a kind."""
    entries = [as_entry(row) for row in list_entries("matter", matter.id)]
    return next(entry.facts for entry in reversed(entries) if entry.kind == kind)


# ---------- how one will know that it helped ----------


def test_action_says_how_one_will_know_that_it_helped(work: Casework) -> None:
    texts = {(p, c, "empty") for p in ("indicator", "measure_unit", "method") for c in BOTH}
    numbers = {("baseline", None, "empty"), ("target", None, "empty")}
    assert problems(work, answer(contract=None)) == texts | numbers
    half = contract(method={"fi": "Laskuri"}, target="")
    missing = {("method", "sv", "empty"), ("target", None, "empty")}
    assert problems(work, answer(contract=half)) == missing


def test_the_contract_is_kept_with_its_digest_in_the_journal(work: Casework) -> None:
    matter = work.answered()
    kept = db.session.scalars(select(EffectContract)).one()
    assert (kept.baseline, kept.target, kept.measure_months) == ("120", "200.5", [6, 12])
    assert kept.indicator == both("Kulkijoita illassa")
    parts = ("indicator", "measure_unit", "baseline", "target", "method", "measure_months")
    text = canonical({part: getattr(kept, part) for part in parts})
    assert facts_of(matter, "answered")["contract"] == text_digest(text, kept.salt)


@pytest.mark.parametrize("number", ["paljon", "1,5", "1e9", "--1", "0.1234567", "NaN"])
def test_baseline_and_target_are_decimal_numbers(work: Casework, number: str) -> None:
    draft = answer(contract=contract(baseline=number))
    assert problems(work, draft) == {("baseline", None, "not_a_number")}


@pytest.mark.parametrize("number", ["0", "-3.5", "123456789012.123456"])
def test_numbers_are_kept_to_the_last_decimal(work: Casework, number: str) -> None:
    published = queries.get_answer(work.answered(contract=contract(target=number)).id)
    assert published is not None
    assert published.contract is not None
    assert published.contract.target == number


def test_a_reason_may_stand_in_place_of_a_contract(work: Casework) -> None:
    reason = both("Muutos on liian pieni")
    half = answer(contract=None, unmeasured={"fi": "Liian pieni"})
    assert problems(work, half) == {("unmeasured", "sv", "empty")}
    assert problems(work, answer(unmeasured=reason)) == {("unmeasured", "fi", "not_both")}
    matter = work.answered(contract=None, unmeasured=reason)
    published = queries.get_answer(matter.id)
    assert published is not None
    assert published.contract is None
    assert published.texts["sv"]["unmeasured"] == "Muutos on liian pieni på svenska"
    assert facts_of(matter, "answered")["contract"] is None


def test_partly_may_say_it_and_finishes_what_it_begins(work: Casework) -> None:
    partly = {"outcome": Outcome.PARTLY, "would_change": both("Raha")}
    work.answered(**partly, contract=None)
    work.answered(**partly)
    half = answer(**partly, contract=contract(indicator={"fi": "Kulkijoita"}))
    assert problems(work, half) == {("indicator", "sv", "empty")}


def test_what_is_not_done_has_no_effect_to_measure(work: Casework) -> None:
    published = queries.get_answer(work.answered(**NO).id)
    assert published is not None
    assert published.contract is None
    assert db.session.scalars(select(EffectContract)).first() is None


def test_a_correction_keeps_the_contract(work: Casework) -> None:
    matter = work.answered()
    moved = answer(contract=contract(target="10"))
    for draft in (moved, answer(contract=None, unmeasured=both("Emme mittaa"))):
        with pytest.raises(Invalid, match="correction_contract"):
            services.correct_answer(work.official, matter, draft, WHY, 1)
    corrected = services.correct_answer(work.official, matter, answer(contract=None), WHY, 1)
    assert corrected.contract is not None
    assert (corrected.version, corrected.contract.target) == (2, "200.5")
    said = work.answered(contract=None, unmeasured=both("Liian pieni"))
    again = services.correct_answer(work.official, said, answer(contract=None), WHY, 1)
    assert again.texts["fi"]["unmeasured"] == "Liian pieni suomeksi"


def test_an_answer_from_before_contracts_can_still_be_corrected(work: Casework) -> None:
    matter = work.answered()

    @command
    def forget() -> None:
        db.session.execute(db.delete(EffectContract))

    forget()
    corrected = services.correct_answer(work.official, matter, answer(contract=None), WHY, 1)
    assert corrected.contract is None


def test_answers_journalled_before_contracts_are_read_as_before(
    work: Casework, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    matter = work.prepared()
    old = {name: FACTS[Kind.ANSWERED][name] for name in OLD_FACTS}

    @command
    def record_old() -> None:
        monkeypatch.setitem(CURRENT, Kind.ANSWERED, 1)
        record(Kind.ANSWERED, matter, work.official, role="official", unit=UNIT, **old)
        monkeypatch.undo()

    record_old()
    assert matter.outcome == Outcome.ACTION
    assert not list(differences())
    for path in (f"matters/{matter.id}", f"matters/{matter.id}/journey", "log", "overview"):
        assert client.get(f"/en/{path}").status_code == 200
    assert "contract" not in facts_of(matter, "answered")


def test_a_published_contract_never_changes(work: Casework) -> None:
    published = queries.get_answer(work.answered().id)
    assert published is not None
    assert published.contract is not None
    published.contract.target = "1"
    with pytest.raises(RuntimeError, match="cannot be changed"):
        db.session.flush()
    db.session.rollback()


def test_the_database_refuses_an_empty_target(work: Casework) -> None:
    work.answered()
    with pytest.raises(IntegrityError):
        db.session.execute(db.update(EffectContract).values(target=""))
    db.session.rollback()


# ---------- the decision ----------


def test_a_decision_is_linked_by_address_and_number(work: Casework) -> None:
    decided = {"decision_url": "https://example.org/d/1", "decision_case_number": "44/02.08/2026"}
    matter = work.answered(**decided)
    published = queries.get_answer(matter.id)
    assert published is not None
    assert published.decision_url == decided["decision_url"]
    assert facts_of(matter, "answered")["decision"] == "44/02.08/2026"
    late = answer(decision_case_number="45/02.08/2026")
    services.correct_answer(work.official, matter, late, WHY, 1)
    assert facts_of(matter, "corrected")["decision"] == "45/02.08/2026"


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/d",
        "javascript:alert(1)",
        "https://",
        "https://[broken",
        "example.org/d",
        "https://example.org/a b",
        "https://example.org/\u202e",
    ],
)
def test_a_decision_has_a_safe_address(work: Casework, url: str) -> None:
    assert problems(work, answer(decision_url=url)) == {("decision_url", None, "not_https")}


def test_an_address_or_a_number_may_be_too_long(work: Casework) -> None:
    draft = answer(decision_url="https://example.org/" + "a" * 1000, decision_case_number="1" * 61)
    assert problems(work, draft) == {
        ("decision_url", None, "too_long"),
        ("decision_case_number", None, "too_long"),
    }


def test_a_decision_is_not_another_matters(work: Casework) -> None:
    other, matter = work.prepared(), work.prepared()
    for number in (str(other.case_number), f" {other.case_number} ".upper()):
        draft = answer(decision_case_number=number)
        wrong = {("decision_case_number", None, "other_matters_decision")}
        assert problems(work, draft, matter) == wrong
    own = answer(decision_case_number=matter.case_number)
    services.publish_answer(work.official, matter, own)


# ---------- who ----------


def test_another_unit_may_carry_it_out(work: Casework) -> None:
    published = queries.get_answer(work.answered(unit=OTHER_UNIT).id)
    assert published is not None
    assert (published.unit, published.responsible_unit) == (UNIT, OTHER_UNIT)
    own = queries.get_answer(work.answered(unit=UNIT).id)
    assert own is not None
    assert own.responsible_unit is None


def test_a_promise_belongs_to_a_unit(work: Casework) -> None:
    promises = [promise(10), replace(promise(20), unit=OTHER_UNIT)]
    matter = work.answered(promises=promises)
    assert [p.unit for p in list_promises([matter.id])[matter.id]] == [UNIT, OTHER_UNIT]


def test_responsible_units_are_open(work: Casework) -> None:
    @command
    def close() -> None:
        db.session.get_one(Unit, OTHER_UNIT).closed_at = clock.today()
        topics.touch("city")

    sector = next(u.key for u in get_city().units.values() if u.kind == "sector")
    close()
    for unit in (OTHER_UNIT, sector, "no_such_unit"):
        draft = answer(unit=unit, promises=[replace(promise(), unit=unit)])
        assert problems(work, draft) == {
            ("unit", None, "not_open"),
            ("promise_unit", None, "not_open"),
        }


def test_texts_of_a_contract_are_cleaned(work: Casework) -> None:
    nothing = contract(indicator={"fi": "a\x00", "sv": "b"})
    with pytest.raises(Invalid, match="null_byte"):
        services.publish_answer(work.official, work.prepared(), answer(contract=nothing))
