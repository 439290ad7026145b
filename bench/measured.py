"""`python -m bench.measured FILE RULE`: counts a file by a rule, prints what it took as JSON.

A process of its own for every measurement: nothing is warm, and the peak of memory is that of this
one count (with what the application itself takes, `base`). Linux counts ru_maxrss in KiB and lets
a process begin with that of the one that started it, so the starter must stay small.
"""

import argparse
import json
import resource
import time
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from pathlib import Path

from app.tally import Options, Profile, count, read_pabulib, rule_options
from tests.tally import reference


@dataclass(frozen=True)
class Measured:
    """Seconds to read the file and to count it, bytes of memory, and the result.

    `base` is the peak of memory before the file was read, `peak` that at the end. `bought` names
    the winners in the order they were bought, `increments` how often add-one raised the endowment
    (None: the rule has no add-one).
    """

    ballots: int
    distinct: int
    projects: int
    budget: int
    parse: float
    count: float
    base: int
    peak: int
    bought: list[str]
    increments: int | None


def measure(path: Path, options: Options, factor: int = 1, literal: bool = False) -> Measured:
    """Read a file, multiply its amounts by a factor, and count it.

    `literal` counts by the slow reference of the tests, which follows the definitions word by word.
    """
    base = _peak()
    started = time.perf_counter()
    profile = read_pabulib(path.read_bytes(), path.name).profile
    parsed = time.perf_counter()
    profile = _multiplied(profile, factor) if factor != 1 else profile
    began = time.perf_counter()
    bought, increments = (_literally if literal else _counted)(profile, options)
    ended = time.perf_counter()
    return Measured(
        ballots=profile.num_ballots,
        distinct=profile.multiplicity.size,
        projects=len(profile.projects),
        budget=int(profile.budget),
        parse=parsed - started,
        count=ended - began,
        base=base,
        peak=_peak(),
        bought=bought,
        increments=increments,
    )


def _counted(profile: Profile, options: Options) -> tuple[list[str], int | None]:
    outcome = count(profile, options)
    done = outcome.completion
    return list(outcome.bought), None if done is None else done.increments


def _literally(profile: Profile, options: Options) -> tuple[list[str], int | None]:
    bought, increments = reference.count(profile, options)
    return bought, increments if options.add_one else None


def _multiplied(profile: Profile, factor: int) -> Profile:
    projects = tuple(replace(project, cost=project.cost * factor) for project in profile.projects)
    return replace(profile, projects=projects, budget=profile.budget * factor)


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m bench.measured")
    parser.add_argument("file", type=Path)
    parser.add_argument("rule", help="mes_cost or another preset of equal shares")
    parser.add_argument("--step", type=Fraction, default=Fraction(1), help="step of add-one")
    parser.add_argument("--factor", type=int, default=1, help="multiply all amounts by this")
    parser.add_argument("--literal", action="store_true", help="count by the slow reference")
    given = parser.parse_args()
    options = rule_options(given.rule, step=given.step)
    print(json.dumps(asdict(measure(given.file, options, given.factor, given.literal))))


if __name__ == "__main__":
    main()
