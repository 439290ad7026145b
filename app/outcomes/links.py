"""The address in a mail that asks one question without signing in.

Its token is signed and names the question, the matter, the person, and what is asked about: the
version of the answer, or the moment at which the matter was reported as done. When there is a new
answer, or the matter was opened again, an old token is dead. A token can do nothing but answer its
own question, and only for somebody who may answer it when signed in. Whatever is wrong with a
token, the refusal is the same.
"""

import enum
from dataclasses import dataclass

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from app.accounts.models import Person
from app.answers.queries import get_answer
from app.core.access import Actor
from app.core.addresses import absolute
from app.core.errors import Gone
from app.extensions import db
from app.journal.chain import moment
from app.outcomes import policies
from app.proposals.lifecycle import EXITS, UNANSWERED, State
from app.proposals.models import Matter


class Survey(enum.StrEnum):
    """The questions that are asked by mail."""

    UNDERSTANDING = "understanding"  # after an answer: I understood why
    HELP = "help"  # after implementing: did it help?


@dataclass(frozen=True)
class Asked:
    """Who is asked what about which matter."""

    survey: Survey
    matter: Matter
    actor: Actor


def survey_url(person_id: int, matter_id: int, which: str, language: str) -> str | None:
    """The address of a question ("understanding" or "help") for one person, in a language.

    None when nothing is asked about the matter now.
    """
    survey, matter = Survey(which), db.session.get_one(Matter, matter_id)
    about = _about(survey, matter)
    if about is None:
        return None
    token = _serializer().dumps([survey.value, matter_id, person_id, about])
    return absolute("outcomes.survey", lang=language, token=token)


def find_asked(token: str, *, lock: bool = False) -> Asked:
    """Who is asked what by a token; `lock` holds the matter's row for a command.

    Raises Gone "bad_survey_link" for a token that is forged or dead, for a hidden matter, and for
    somebody who may not answer (any more).
    """
    try:
        which, matter_id, person_id, about = _serializer().loads(token)
    except BadSignature:
        raise Gone("bad_survey_link") from None
    survey = Survey(which)
    matter = db.session.get(Matter, matter_id, with_for_update=lock or None)
    person = db.session.get(Person, person_id)
    if matter is None or person is None or about != _about(survey, matter):
        raise Gone("bad_survey_link")
    actor = person.as_actor()
    if not policies.can_judge(actor, matter):
        raise Gone("bad_survey_link")
    return Asked(survey, matter, actor)


def _about(survey: Survey, matter: Matter) -> str | None:
    """What a question is about now, as tokens name it; None when it is not asked."""
    if survey == Survey.HELP:
        is_asked = matter.state == State.IMPLEMENTED and matter.state_since is not None
        return moment(matter.state_since) if is_asked and matter.state_since else None
    stage = matter.state_before if matter.state in EXITS else matter.state
    answer = None if stage in UNANSWERED else get_answer(matter.id)
    return str(answer.version) if answer else None


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="kuuluu.survey")
