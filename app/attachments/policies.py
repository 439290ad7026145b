"""Who may add and remove attachments. Pure."""

from app.core.access import Actor
from app.proposals.models import Matter
from app.proposals.policies import can_edit, can_write


def can_attach(actor: Actor, matter: Matter) -> bool:
    """The authors as long as they may edit the text, with a confirmed address."""
    return can_write(actor) and can_edit(actor, matter)
