"""Moderation in the demonstration: appeals against hidden comments, and what waits on the last day.

Texts are general, since they have to fit any matter.
"""

from datetime import timedelta

from sqlalchemy import select

from app.accounts.queries import get_person
from app.comments import services as comments
from app.comments.models import Capacity, Comment, Stance
from app.comments.policies import SILENT
from app.comments.rules import DiscussionRule
from app.core import clock
from app.core.access import Actor
from app.demo.people import Cast
from app.demo.stage import Stage, Story
from app.extensions import db
from app.moderation import appeals
from app.moderation import services as moderation
from app.moderation.models import Decision
from app.proposals.models import Matter

APPEAL = {
    "fi": "Kommenttini kuuluu asiaan: kerroin, miten sama hoidettiin viime vuonna.",
    "sv": "Min kommentar hör till saken: jag berättade hur samma sak sköttes i fjol.",
    "en": "My comment belongs here: I told how the same was done last year.",
}
CHANGED = {
    "fi": "Luin koko keskustelun. Kommentti liittyy ehdotukseen, joten se palaa näkyviin.",
    "sv": "Jag läste hela diskussionen. Kommentaren hör till förslaget, så den visas igen.",
    "en": "I read the whole discussion. The comment is about the proposal, so it is shown again.",
}
KEPT = {
    "fi": "Kommentti kertoo toisesta paikasta. Siitä voi tehdä oman ehdotuksen.",
    "sv": "Kommentaren gäller en annan plats. Gör gärna ett eget förslag om den.",
    "en": "The comment is about another place. It can be made a proposal of its own.",
}
HIDDEN = {
    "fi": "Pysy ehdotuksen aiheessa.",
    "sv": "Håll dig till ämnet i förslaget.",
    "en": "Please stay with the subject of the proposal.",
}
REPORT = "Tässä puhutaan jostakin muusta kuin ehdotuksesta."
ADVERTISEMENT = (
    "Halvat renkaat heti: https://renkaat.example.org https://talvi.example.org "
    "https://tarjous.example.org"
)


def tell(cast: Cast, comment_id: int, *, changed: bool) -> Story:
    """A resident reports a comment, a moderator hides it, its author appeals, another one decides.

    `changed` tells whether the comment is shown again.
    """
    yield clock.now() + timedelta(days=1)
    _report(cast.residents[1:2], comment_id)
    yield clock.now() + timedelta(hours=4)
    decision_id = _hide(cast, comment_id)
    yield clock.now() + timedelta(hours=20)
    comment = _appeal(decision_id)
    yield clock.now() + timedelta(days=2, hours=3)
    reason = (CHANGED if changed else KEPT)[comment.language]
    decision = db.session.get_one(Decision, decision_id)
    matter = db.session.get_one(Matter, comment.matter_id)
    second = cast.by_key["moderator2"]
    appeals.decide_appeal(second, matter, decision, upheld=not changed, reason=reason)


def wait(stage: Stage, cast: Cast) -> Story:
    """On the last day reports, an appeal and a held text wait for the moderators."""
    yield stage.end - timedelta(hours=18)
    first, second = _newest_comments()
    _report(cast.residents[1:3], first)
    decision_id = _hide(cast, second)
    yield stage.end - timedelta(hours=6)
    matter = db.session.get_one(Matter, _appeal(decision_id).matter_id)
    words = comments.Words(Stance.NEUTRAL, "fi", ADVERTISEMENT)
    comments.submit_comment(cast.residents[-1], matter, words)


def _report(reporters: list[Actor], comment_id: int) -> None:
    comment = db.session.get_one(Comment, comment_id)
    matter = db.session.get_one(Matter, comment.matter_id)
    for reporter in reporters:
        if reporter.person_id != comment.author_id:
            moderation.report(reporter, matter, comment, DiscussionRule.OFF_TOPIC, REPORT)


def _hide(cast: Cast, comment_id: int) -> int:
    """The first moderator hides a comment; the number of the decision."""
    comment = db.session.get_one(Comment, comment_id)
    moderator, words = cast.by_key["moderator"], HIDDEN[comment.language]
    moderation.hide_comment(moderator, comment, DiscussionRule.OFF_TOPIC, words)
    query = select(Decision.id).where(Decision.comment_id == comment_id)
    return db.session.scalars(query.order_by(Decision.id.desc()).limit(1)).one()


def _appeal(decision_id: int) -> Comment:
    decision = db.session.get_one(Decision, decision_id)
    comment = db.session.get_one(Comment, decision.comment_id)
    author = get_person(comment.author_id or 0).as_actor()
    appeals.appeal(author, decision, APPEAL[comment.language])
    return comment


def _newest_comments() -> list[int]:
    """The numbers of two public comments of residents, on public matters that are discussed."""
    public = select(Matter.id).where(*Matter.shown(), Matter.state.not_in(SILENT))
    query = Comment.visible().with_only_columns(Comment.id)
    query = query.where(
        Comment.role == Capacity.RESIDENT,
        Comment.author_id.is_not(None),
        Comment.matter_id.in_(public),
    )
    return list(db.session.scalars(query.order_by(Comment.id.desc()).limit(2)))
