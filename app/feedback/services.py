"""Writes of feedback without an account. Each public function is one command."""

import secrets
from datetime import timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select

from app.accounts import addresses
from app.city import get_city
from app.city.models import Municipality
from app.core import clock, errors, language
from app.core.command import command
from app.core.errors import Invalid
from app.extensions import db
from app.feedback import queries
from app.feedback.models import FeedbackSender
from app.proposals import services as proposals
from app.proposals.lifecycle import OPEN
from app.proposals.models import Matter
from app.proposals.services import Draft

BATCH = 200

errors.explain(
    {
        "bad_feedback_link": _l(
            "This link does not work any more. The city handles your feedback all the same."
        ),
    }
)


@command
def send_feedback(draft: Draft, email: str, form_key: str) -> FeedbackSender:
    """Publish somebody's feedback, or give it to the city alone, and remember the sender.

    `email` is empty when no messages are wanted. The same form sent again changes nothing. Raises
    Invalid for what a draft or an address lacks.
    """
    # Two sendings of one form queue here, so that the second finds the first.
    db.session.execute(select(Municipality.id).with_for_update(key_share=True))
    known = queries.find_by_form(form_key)
    if known is not None:
        return known
    if draft.language not in language.LANGUAGES:
        raise Invalid("unknown_language")
    address = addresses.normal(email) if email.strip() else None
    matter = proposals.give_feedback(draft)
    sender = FeedbackSender(
        matter_id=matter.id,
        key=secrets.token_hex(16),
        email=address,
        language=draft.language,
        form_key=form_key,
        sent_at=clock.now(),
    )
    db.session.add(sender)
    return sender


@command
def share_sender(matter: Matter, part: Matter) -> None:
    """Let whoever sent a matter without an account have a link to a part of it as well."""
    sender = queries.find_sender(matter.id)
    if sender is not None:
        db.session.add(
            FeedbackSender(
                matter_id=part.id,
                key=secrets.token_hex(16),
                email=sender.email,
                language=sender.language,
                form_key=None,
                sent_at=sender.sent_at,
            )
        )
        db.session.flush()


@command
def stop_messages(token: str) -> None:
    """Forget the address of a link's sender; the link goes on. Raises Gone."""
    queries.get_sent(token)[0].email = None


@command
def forget_sender(token: str) -> None:
    """Forget all that is known of a link's sender, and the link with it. Raises Gone."""
    db.session.delete(queries.get_sent(token)[0])


@command
def forget_some() -> int:
    """Forget senders whose feedback's handling ended long enough ago; returns how many."""
    days = int(get_city().settings["feedback"]["keep_days"])
    ended = select(Matter.id).where(
        Matter.state.not_in(OPEN), Matter.state_since <= clock.now() - timedelta(days=days)
    )
    query = select(FeedbackSender.matter_id).where(FeedbackSender.matter_id.in_(ended))
    ids = list(db.session.scalars(query.order_by(FeedbackSender.matter_id).limit(BATCH)))
    db.session.execute(delete(FeedbackSender).where(FeedbackSender.matter_id.in_(ids)))
    return len(ids)


def forget_old_senders() -> int:
    """The job: forget all senders whose time has ended. Again, it adds nothing."""
    forgotten = 0
    while some := forget_some():
        forgotten += some
    return forgotten
