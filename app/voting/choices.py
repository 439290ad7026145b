"""What a ballot may hold. Pure."""

from collections.abc import Collection, Sequence

from app.budgeting.models import Round
from app.core.errors import Invalid


def checked_choices(
    round: Round, project_ids: Sequence[int], on_ballot: Collection[int]
) -> list[int]:
    """The choices of an approval ballot in the order of ids, when the round allows them.

    Raises Invalid "unknown_project", "too_few_projects" or "too_many_projects".
    """
    chosen = sorted(set(project_ids))
    if len(chosen) != len(project_ids) or not set(chosen) <= set(on_ballot):
        raise Invalid("unknown_project")
    if len(chosen) < round.min_choices:
        raise Invalid("too_few_projects", least=round.min_choices)
    if len(chosen) > round.max_choices:
        raise Invalid("too_many_projects", most=round.max_choices, chosen=len(chosen))
    return chosen
