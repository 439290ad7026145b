"""Who may do what in voting. Pure."""

from app.budgeting.policies import can_manage
from app.core.access import Actor


def can_vote(actor: Actor) -> bool:
    """People with a confirmed address.

    Age and home municipality are declared for now: the page says who may vote. Strong
    identification will know them.
    """
    return actor.signed_in and actor.confirmed


def can_close(actor: Actor) -> bool:
    """The budgeting team closes, opens and confirms; the system does at the command line."""
    return can_manage(actor)
