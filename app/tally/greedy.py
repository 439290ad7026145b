"""The greedy family: projects in order of support, each bought if it fits in what is left."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from app.tally.outcome import Action, Outcome, Phase, Step
from app.tally.profile import Profile
from app.tally.ties import describe_tie, rank_projects


@dataclass(frozen=True, slots=True)
class GreedyOptions:
    """Parameters of `greedy`.

    `density`: order by points per cost instead of points. `skip`: pass over a project that does
    not fit; otherwise stop there. `threshold`: fewest points with which a project can win.
    `exclusive`: groups of project ids of which at most one can win. `lot`: seal of the lot.
    """

    density: bool = False
    skip: bool = True
    threshold: Fraction | None = None
    exclusive: tuple[tuple[str, ...], ...] = ()
    lot: str | None = None


def eligible_projects(profile: Profile, threshold: Fraction | None) -> list[int]:
    """Positions of projects that can win at all: cost within the budget, enough points."""
    return [
        number
        for number, project in enumerate(profile.projects)
        if project.cost <= profile.budget
        and (threshold is None or profile.points(number) >= threshold)
    ]


def exclusions(profile: Profile, groups: Sequence[Iterable[str]]) -> list[set[int]]:
    """For each project, positions of those that cannot win together with it.

    Raises KeyError for an id that is not a project.
    """
    barred: list[set[int]] = [set() for _ in profile.projects]
    for group in groups:
        members = {profile.index[project_id] for project_id in group}
        for member in members:
            barred[member] |= members - {member}
    return barred


def greedy(
    profile: Profile, options: GreedyOptions, bought: Sequence[str] = (), phase: Phase = Phase.MAIN
) -> Outcome:
    """Buy projects in order of support.

    `bought` are already bought and reduce the budget: this is how a greedy completion works.
    Projects that are not eligible (see `eligible_projects`) are not considered at all.
    """
    taken = {profile.index[project_id] for project_id in bought}
    left = profile.budget - sum(profile.projects[number].cost for number in taken)
    barred = exclusions(profile, options.exclusive)
    queue = [n for n in eligible_projects(profile, options.threshold) if n not in taken]
    steps: list[Step] = []
    for level in _levels(profile, queue, options):
        while level:
            number, project = level[0], profile.projects[level[0]]
            action = _action(project.cost <= left, bool(barred[number] & taken), options.skip)
            if action is Action.BUY:
                taken.add(number)
                left -= project.cost
            tie = describe_tie(profile, level, options.lot)
            steps.append(Step(action, project.id, project.cost, left, phase, tie))
            if action is Action.STOP:
                return Outcome(profile, tuple(steps), options.threshold)
            level = level[1:]
    return Outcome(profile, tuple(steps), options.threshold)


def _action(fits: bool, excluded: bool, skip: bool) -> Action:
    if excluded:
        return Action.EXCLUDE
    if fits:
        return Action.BUY
    return Action.SKIP if skip else Action.STOP


def _levels(profile: Profile, queue: list[int], options: GreedyOptions) -> list[list[int]]:
    """Projects with equal support together, best first; within a level, tie rules order them."""
    ranks = rank_projects(profile, options.lot)
    levels: dict[Fraction, list[int]] = {}
    for number in sorted(queue, key=ranks.__getitem__):
        support = Fraction(profile.support[number])
        key = support / profile.projects[number].cost if options.density else support
        levels.setdefault(key, []).append(number)
    return [levels[key] for key in sorted(levels, reverse=True)]
