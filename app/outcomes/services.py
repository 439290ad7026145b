"""Writes of results: implementing, evidence, verdicts, evaluating, reopening, understanding."""

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import update

from app.city import get_city
from app.core import clock, errors, language, topics
from app.core.access import SYSTEM, Actor, require
from app.core.command import command
from app.core.errors import Invalid, WrongState
from app.core.text import clean
from app.extensions import db
from app.journal import Entry, Kind, on, record
from app.outcomes import policies, queries
from app.outcomes.models import WORDS_LIMIT, GivenVerdict, Understanding, Verdict
from app.outcomes.queries import VerdictCounts
from app.proposals.lifecycle import Outcome, State
from app.proposals.models import Matter
from app.responses.public_notes import add_public_note
from app.responses.queries import get_answer

errors.explain(
    {
        "nothing_to_implement": _l("The answer leads to nothing that could be carried out."),
        "cannot_judge": _l(
            "Those who started, support or follow the matter can answer this question."
        ),
        "unknown_verdict": _l("Choose whether it helped: yes, partly or no."),
        "unknown_score": _l("Choose a number from 1 to 5."),
        "not_answered": _l("The city has not answered this yet."),
    }
)


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
    if _is_enough(counts):
        reopen(SYSTEM, matter, _verdict_reason(counts))


@command
def evaluate(actor: Actor, matter: Matter) -> None:
    """End the asking and record how the verdicts are spread. Raises Forbidden, WrongState."""
    require(policies.can_report(actor, matter), "not_your_unit")
    counts = queries.count_verdicts([matter.id])[matter.id]
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
    """What people said of one attempt does not count against the next one."""
    spoken = GivenVerdict.matter_id == entry.subject_id
    db.session.execute(update(GivenVerdict).where(spoken).values(is_current=False))


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


def _is_enough(counts: VerdictCounts) -> bool:
    """Whether so many, and such a share, say no that the matter opens again."""
    limits = get_city().settings["reopen"]
    is_many = counts.no >= limits["min_no"]
    return bool(is_many and counts.no * 100 >= limits["share_percent"] * counts.total)


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
