"""Writes Pabulib files of any size: `python -m bench.generated FILE --ballots 90000 ...`.

The same shape gives the same bytes. Projects differ in popularity as real ones do (a few are
known to all, most to a neighbourhood) and in cost by two orders of magnitude, one independently
of the other; the budget pays about a quarter of all.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

# The n-th most popular project is chosen in proportion to 1 / n**FALL: with 160 projects and up
# to ten choices the first by four voters of ten, the last by one of a hundred.
FALL = 0.7
DEAREST = 100  # times the cheapest
PART = 4  # the budget is one part of so many of all costs
YOUNGEST, USUAL, OLDEST = 13, 38, 95

KINDS = ("Skating rink", "Meadow", "Benches", "Cycle racks", "Street lights", "Library van")
PLACES = ("Mäntylä", "Kirkkojärvi", "Östervik", "Rantakylä", "Storängen, east", "Harju")
CATEGORIES = ("sport", "nature", "streets", "culture", "sport,nature")
WAYS = ("internet", "internet", "paper")

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Shape:
    """How large an election is. A ballot names `least` to `choices` projects, any number as often.

    The cheapest project costs `cheapest`, and every cost is a multiple of `rounding`.
    """

    ballots: int
    projects: int
    choices: int
    least: int = 1
    cheapest: int = 5_000
    rounding: int = 1_000
    seed: int = 1


@dataclass(frozen=True)
class Projects:
    """Ids, costs and popularity of the projects, in the order of the file; popularity adds to 1."""

    ids: list[str]
    costs: IntArray
    popularity: NDArray[np.float64]

    @property
    def budget(self) -> int:
        """A part of all costs, but enough for the dearest project alone."""
        return max(int(self.costs.sum()) // PART, int(self.costs.max()))


def write_election(path: Path, shape: Shape) -> None:
    """Write an approval election of this shape to a file.

    Raises ValueError if a ballot would have to name more projects than there are, or none.
    """
    if not 1 <= shape.least <= shape.choices <= shape.projects:
        raise ValueError("choices must be at least 1 and at most the number of projects")
    # Projects have a stream of their own: they are the same for any number of ballots.
    projects = _projects(default_rng([shape.seed, 0]), shape)
    draw = default_rng([shape.seed, 1])
    ballots = _ballots(draw, shape, projects)
    votes = np.bincount(ballots.ravel(), minlength=shape.projects + 1)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(_meta(shape, projects))
        file.writelines(_project_rows(projects, votes))
        file.writelines(_vote_rows(draw, projects, ballots))


def _projects(draw: Generator, shape: Shape) -> Projects:
    amount = shape.projects
    ids = (np.cumsum(draw.integers(1, 30, amount)) + 10).astype(str).tolist()
    dearness = draw.permutation(np.linspace(0, 1, amount))
    costs = np.rint(shape.cheapest / shape.rounding * DEAREST**dearness).astype(np.int64)
    popularity = draw.permutation(np.arange(1, amount + 1) ** -FALL)
    return Projects(ids, costs * shape.rounding, popularity / popularity.sum())


def _ballots(draw: Generator, shape: Shape, projects: Projects) -> NDArray[np.int16]:
    """A row of positions of projects for each ballot, ascending, filled up with their number.

    Each next choice is drawn by popularity among those the ballot does not name yet.
    """
    limits = np.cumsum(projects.popularity)
    limits[-1] = 1.0
    chosen = np.full((shape.ballots, shape.choices), shape.projects, np.int16)
    for choice in range(shape.choices):
        rows = np.arange(shape.ballots)
        while rows.size:
            drawn = np.searchsorted(limits, draw.random(rows.size), side="right")
            chosen[rows, choice] = drawn
            rows = rows[(chosen[rows, :choice] == drawn[:, None]).any(axis=1)]
    lengths = draw.integers(shape.least, shape.choices + 1, shape.ballots)
    chosen[np.arange(shape.choices) >= lengths[:, None]] = shape.projects
    chosen.sort(axis=1)
    return chosen


def _meta(shape: Shape, projects: Projects) -> Iterator[str]:
    values = {
        "description": "Generated election",
        "country": "Finland",
        "unit": "Kuuluu",
        "instance": str(shape.seed),
        "num_projects": str(shape.projects),
        "num_votes": str(shape.ballots),
        "budget": str(projects.budget),
        "vote_type": "approval",
        "rule": "equalshares",
        "min_length": str(shape.least),
        "max_length": str(shape.choices),
        "currency": "EUR",
    }
    yield "META\nkey;value\n"
    for key, value in values.items():
        yield f"{key};{value}\n"


def _project_rows(projects: Projects, votes: IntArray) -> Iterator[str]:
    yield "PROJECTS\nproject_id;cost;votes;name;category\n"
    for number, project_id in enumerate(projects.ids):
        kind, place = KINDS[number % len(KINDS)], PLACES[number // len(KINDS) % len(PLACES)]
        category = CATEGORIES[number % len(CATEGORIES)]
        yield f"{project_id};{projects.costs[number]};{votes[number]};{kind}, {place};{category}\n"


def _vote_rows(draw: Generator, projects: Projects, ballots: NDArray[np.int16]) -> Iterator[str]:
    amount = len(ballots)
    voters: list[int] = np.cumsum(draw.integers(1, 9, amount)).tolist()
    ages: list[float] = draw.triangular(YOUNGEST, USUAL, OLDEST, (amount,)).tolist()
    ways: list[int] = draw.integers(0, len(WAYS), amount).tolist()
    ids = [*projects.ids, ""]
    yield "VOTES\nvoter_id;vote;age;voting_method\n"
    for number, row in enumerate(ballots):
        vote = ",".join([ids[position] for position in row.tolist()]).rstrip(",")
        yield f"{voters[number]};{vote};{int(ages[number])};{WAYS[ways[number]]}\n"


def main() -> None:
    """Write the file that the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m bench.generated")
    parser.add_argument("file", type=Path)
    for field in fields(Shape):
        required = field.name in ("ballots", "projects", "choices")
        default = None if required else field.default
        parser.add_argument(f"--{field.name}", type=int, required=required, default=default)
    values = vars(parser.parse_args())
    write_election(values.pop("file"), Shape(**values))


if __name__ == "__main__":
    main()
