"""Ties: lower cost, then more initial votes, then a lot; without a lot, natural order of ids.

The lot is drawn by a rule that can be published before voting opens: the *seal* is the SHA-256
of the canonically sorted ballots, a project's lot is the SHA-256 of the seal and its id, and the
lowest lot wins. Nobody can steer it without knowing every ballot, and it has no time or order.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from app.tally.profile import Profile, VoteType


class DecidedBy(StrEnum):
    """What settled a tie."""

    COST = "cost"
    VOTES = "votes"
    LOT = "lot"
    ORDER = "order"


@dataclass(frozen=True, slots=True)
class Tie:
    """Projects (ids, winner first) that were exactly level, and what decided between them."""

    projects: tuple[str, ...]
    decided_by: DecidedBy


def canonical_ballots(profile: Profile) -> Iterator[bytes]:
    """The ballots as sorted lines, one per ballot cast: equal elections give equal bytes.

    A line names projects in natural order (in the voter's order for rankings), separated by
    commas, each followed by ":points" where voters gave points.
    """
    lines: list[tuple[bytes, int]] = []
    for group, amount in enumerate(profile.multiplicity.tolist()):
        lines.append((f"{_line(profile, group)}\n".encode(), amount))
    for line, amount in sorted(lines):
        yield line * amount


def ballot_seal(profile: Profile) -> str:
    """SHA-256 of the canonical ballots, as lower-case hexadecimal."""
    digest = hashlib.sha256()
    for line in canonical_ballots(profile):
        digest.update(line)
    return digest.hexdigest()


def lot(seal: str, project_id: str) -> str:
    """The project's lot: SHA-256 of the seal, a line feed and the id. Lowest wins."""
    return hashlib.sha256(f"{seal}\n{project_id}".encode()).hexdigest()


def rank_projects(profile: Profile, seal: str | None) -> list[int]:
    """For each project its place when everything else is level (0 wins every tie)."""
    final = list(range(len(profile.projects)))
    if seal is not None:
        final.sort(key=lambda number: lot(seal, profile.projects[number].id))
    place = {number: position for position, number in enumerate(final)}
    keys = [
        (project.cost, -profile.support[number], place[number])
        for number, project in enumerate(profile.projects)
    ]
    order = sorted(range(len(keys)), key=keys.__getitem__)
    ranks = [0] * len(keys)
    for position, number in enumerate(order):
        ranks[number] = position
    return ranks


def describe_tie(profile: Profile, level: Sequence[int], seal: str | None) -> Tie | None:
    """The account of a tie between projects given best first; None if there is only one."""
    if len(level) < 2:
        return None
    first, second = level[0], level[1]
    if profile.projects[first].cost != profile.projects[second].cost:
        decided = DecidedBy.COST
    elif profile.support[first] != profile.support[second]:
        decided = DecidedBy.VOTES
    else:
        decided = DecidedBy.ORDER if seal is None else DecidedBy.LOT
    return Tie(tuple(profile.projects[number].id for number in level), decided)


def _line(profile: Profile, group: int) -> str:
    row = profile.row(group)
    if profile.vote_type is VoteType.RANKING:
        row.sort(key=lambda entry: -entry[1])
    elif profile.vote_type.has_scores:
        scale = profile.score_scale
        return ",".join(f"{profile.projects[p].id}:{Fraction(score, scale)}" for p, score in row)
    return ",".join(profile.projects[p].id for p, _ in row)
