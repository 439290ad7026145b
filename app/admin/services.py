"""Writes of administrators to the outbox."""

from app.admin import policies
from app.core import mail
from app.core.access import Actor, require
from app.core.command import command


@command
def retry_mail(actor: Actor, mail_id: int) -> None:
    """Send a message again that was given up. Raises Forbidden, NotFound for any other message."""
    require(policies.can_run_mail(actor), "not_allowed")
    mail.retry(mail_id)
