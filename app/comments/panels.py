"""The discussion on the page of a matter: the newest threads and a form."""

from collections.abc import Sequence
from typing import Any

from app.comments import policies, queries
from app.comments.forms import CommentForm
from app.core.access import Actor
from app.core.panels import Panel
from app.proposals.models import Matter


def load_discussion(matters: Sequence[Matter], actor: Actor) -> dict[int, Any]:
    """Counts and the newest threads of each matter; three queries a matter."""
    return {matter.id: _discussion(matter, actor) for matter in matters}


def _discussion(matter: Matter, actor: Actor) -> dict[str, Any]:
    can_comment = policies.can_comment(actor, matter)
    return {
        "matter": matter,
        "counts": queries.count_by_stance(matter.id),
        "threads": queries.list_comments(matter.id, actor),
        "is_open": policies.is_open(matter),
        "form": CommentForm(formdata=None) if can_comment else None,
    }


DISCUSSION = Panel("matter", "main", "comments/panel.html", load_discussion)
