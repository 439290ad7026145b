"""Writes of results: implementing, evidence, verdicts, evaluating, measuring, reopening,
understanding."""

import re
from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import update

from app.answers.queries import get_answer
from app.city import get_city
from app.core import clock, errors, language, topics, words
from app.core.access import SYSTEM, Actor, require
from app.core.command import command
from app.core.errors import Invalid, WrongState
from app.core.text import clean
from app.duties.queries import list_clocks
from app.duties.rules import Clock, ClockKind
from app.extensions import db
from app.journal import Entry, Kind, on, record
from app.outcomes import links, policies, queries, thresholds
from app.outcomes.models import (
    WORDS_LIMIT,
    GivenVerdict,
    Measurement,
    Understanding,
    Verdict,
)
from app.outcomes.queries import VerdictCounts
from app.proposals.lifecycle import Outcome, State
from app.proposals.models import Matter
from app.proposals.public_notes import add_public_note

errors.explain(
    {
        "nothing_to_implement": _l("The answer leads to nothing that could be carried out."),
        "cannot_judge": _l(
            "Those who started, support or follow the matter can answer this question."
        ),
        "unknown_verdict": _l("Choose whether it helped: yes, partly or no."),
        "unknown_score": _l("Choose a number from 1 to 5."),
        "not_answered": _l("The city has not answered this yet."),
        "too_early_to_evaluate": _l(
            "Residents must have %(days)s days to say whether it helped, or at least %(verdicts)s "
            "of them must have said so, before the result is recorded."
        ),
        "nothing_to_measure": _l("No such measurement is due."),
        "too_early_to_measure": _l("This can be measured from %(day)s on."),
        "not_a_number": _l("Write the value as a number, for example 12.5."),
        "bad_survey_link": _l(
            "This link does not work any more. Sign in and answer on the page of the matter."
        ),
    }
)
_NUMBER = re.compile(r"-?\d{1,12}([.,]\d{1,6})?")


@command
def start_implementing(actor: Actor, matter: Matter) -> None:
    """Say that an accepted matter is being carried out.

    Raises Forbidden "not_your_unit", WrongState (also "nothing_to_implement" unless the outcome
    is action or partly).
    """
    require(policies.can_report(actor, matter), "not_your_unit")
    if matter.outcome not in (Outcome.ACTION, Outcome.PARTLY):
        raise WrongState("nothing_to_implement")
    record(Kind.IMPLEMENTING, matter, actor, role="official", unit=matter.holder_unit)


@command
def report_implemented(actor: Actor, matter: Matter, evidence: Mapping[str, str]) -> None:
    """Say that it is done and how one can see it, in every official language.

    Its measurements start, and residents are asked. Raises Forbidden, WrongState, Invalid.
    """
    require(policies.can_report(actor, matter), "not_your_unit")
    note = add_public_note(matter, "implemented", evidence)
    record(Kind.IMPLEMENTED, matter, actor, role="official", unit=matter.holder_unit, evidence=note)


@command
def give_verdict(actor: Actor, matter: Matter, verdict: str, words: str = "") -> None:
    """Say whether it helped: "yes", "partly" or "no", and why; a new verdict replaces the old one.

    Enough no reopen the matter. Raises Forbidden "cannot_judge", WrongState unless it is
    implemented, Invalid.
    """
    require(policies.can_judge(actor, matter), "cannot_judge")
    if matter.state != State.IMPLEMENTED:
        raise WrongState("wrong_state")
    if verdict not in {known.value for known in Verdict}:
        raise Invalid("unknown_verdict")
    given = db.session.get(GivenVerdict, (matter.id, actor.person_id))
    if given is None:
        given = GivenVerdict(matter_id=matter.id, person_id=actor.person_id)
        db.session.add(given)
    given.verdict, given.words = Verdict(verdict), clean(words, WORDS_LIMIT, required=False)
    given.at, given.is_current = clock.now(), True
    db.session.flush()
    topics.touch_calmly(f"matter:{matter.id}")
    counts = queries.count_verdicts([matter.id])[matter.id]
    if thresholds.is_enough(get_city().settings["reopen"], counts):
        reopen(SYSTEM, matter, _verdict_reason(counts))


@command
def evaluate(actor: Actor, matter: Matter) -> None:
    """End the asking and record how the verdicts are spread; measurements stay due.

    Raises Forbidden, WrongState, also "too_early_to_evaluate" before it has been asked for so many
    days, or so many have answered, as the municipality's settings say.
    """
    require(policies.can_report(actor, matter), "not_your_unit")
    if matter.state != State.IMPLEMENTED:
        raise WrongState("wrong_state")
    counts = queries.count_verdicts([matter.id])[matter.id]
    limits = get_city().settings["reopen"]
    if not thresholds.is_ripe(limits, matter, counts):
        raise WrongState(
            "too_early_to_evaluate",
            days=limits["evaluate_after_days"],
            verdicts=limits["evaluate_min_verdicts"],
        )
    record(
        Kind.EVALUATED,
        matter,
        actor,
        role="official",
        unit=matter.holder_unit,
        yes=counts.yes,
        partly=counts.partly,
        no=counts.no,
    )


@command
def measure(actor: Actor, matter: Matter, months: int, value: str, note: Mapping[str, str]) -> None:
    """Publish what was measured some months after implementing; its clock is met.

    `value` is a decimal number, with a comma or a point; `note` tells in every official language
    how it was measured. Raises Forbidden, WrongState "nothing_to_measure" unless this measurement
    is open, or "too_early_to_measure" before it comes near, Invalid "not_a_number" and those of a
    public note.
    """
    require(policies.can_report(actor, matter), "not_your_unit")
    due = _open_measurement(matter, months)
    if clock.today() < queries.first_day_of(due):
        raise WrongState("too_early_to_measure", day=words.day(queries.first_day_of(due)))
    if not _NUMBER.fullmatch(value.strip()):
        raise Invalid("not_a_number")
    value = value.strip().replace(",", ".")
    digest = add_public_note(matter, "measured", note)
    db.session.add(
        Measurement(matter_id=matter.id, months=months, value=value, note=digest, at=clock.now())
    )
    record(
        Kind.MEASURED,
        matter,
        actor,
        role="official",
        unit=matter.holder_unit,
        months=months,
        value=value,
        note=digest,
    )


def _open_measurement(matter: Matter, months: int) -> Clock:
    for running in list_clocks([matter.id])[matter.id]:
        if running.key == (ClockKind.FOLLOW_UP, str(months)) and running.is_open:
            return running
    raise WrongState("nothing_to_measure")


@command
def reopen(actor: Actor, matter: Matter, reason: Mapping[str, str]) -> None:
    """Take an implemented or closed matter into preparation again, with a public reason.

    Raises Forbidden, WrongState, Invalid.
    """
    require(policies.can_reopen(actor, matter), "not_your_unit")
    role = "official" if policies.can_report(actor, matter) else "registry"
    role = "system" if actor.is_system else role
    note = add_public_note(matter, "reopened", reason)
    record(Kind.REOPENED, matter, actor, role=role, unit=matter.holder_unit, reason=note)


@on(Kind.REOPENED)
def forget_verdicts(entry: Entry) -> None:
    """What people said and what was measured of one attempt does not count for the next one."""
    for model in (GivenVerdict, Measurement):
        of_matter = model.matter_id == entry.subject_id
        db.session.execute(update(model).where(of_matter).values(is_current=False))


@command
def rate_answer(actor: Actor, matter: Matter, score: int) -> None:
    """Say how well the reasons of the newest answer were understood, 1 (not at all) to 5.

    A new score replaces the old one. Raises Forbidden "cannot_judge", WrongState "not_answered",
    Invalid "unknown_score".
    """
    require(policies.can_judge(actor, matter), "cannot_judge")
    answer = get_answer(matter.id)
    if answer is None:
        raise WrongState("not_answered")
    if score not in range(1, 6):
        raise Invalid("unknown_score")
    given = db.session.get(Understanding, (answer.id, actor.person_id))
    if given is None:
        given = Understanding(answer_id=answer.id, person_id=actor.person_id)
        db.session.add(given)
    given.score, given.at = score, clock.now()
    topics.touch_calmly(f"matter:{matter.id}")


@command
def rate_by_link(token: str, score: int) -> None:
    """Rate an answer by the link in a mail. Raises Gone "bad_survey_link", Invalid."""
    asked = links.find_asked(token, lock=True)
    rate_answer(asked.actor, asked.matter, score)


@command
def judge_by_link(token: str, verdict: str, words: str = "") -> None:
    """Say by the link in a mail whether it helped. Raises Gone "bad_survey_link", Invalid."""
    asked = links.find_asked(token, lock=True)
    give_verdict(asked.actor, asked.matter, verdict, words)


def _verdict_reason(counts: VerdictCounts) -> dict[str, str]:
    reasons = {}
    for code in get_city().official_languages:
        with language.speaking(code):
            reasons[code] = _(
                "Of %(total)s residents who answered, %(no)s say that this did not help.",
                total=counts.total,
                no=counts.no,
            )
    return reasons
