"""Rules by name. A name is a preset of `Options`; `count` applies either to a profile.

| name | meaning |
| --- | --- |
| greedy | by points (votes), passing over what does not fit |
| greedy_no_skip | by points, stopping at the first that does not fit |
| greedy_density | by points per cost |
| greedy_threshold | greedy among projects with at least `threshold` points |
| greedy_exclusive | greedy, at most one of each `exclusive` group |
| mes_cost, mes_card | equal shares, utility in cost or in number |
| ..._add1 | completed by add-one, stopping at the first exhaustive result |
| ..._add1_integral | endowments in whole units of currency, stopping before it overspends |
| ..._then_greedy | and then greedily |
| phragmen | sequential Phragmen, for comparison |
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import Any

import numpy as np

from app.tally.equal_shares import equal_shares
from app.tally.greedy import GreedyOptions, greedy
from app.tally.outcome import Outcome
from app.tally.phragmen import phragmen
from app.tally.profile import Profile
from app.tally.shares import EqualSharesOptions, StopAt, Utility


class Family(StrEnum):
    """The algorithm."""

    GREEDY = "greedy"
    EQUAL_SHARES = "equal_shares"
    PHRAGMEN = "phragmen"


@dataclass(frozen=True, slots=True)
class Options:
    """Every parameter of every rule; each family reads its own.

    greedy: `density`, `skip`. Equal shares: `utility`, `add_one`, `step`, `integral`, `stop_at`,
    `then_greedy`, `compare_greedy` (the greedy result wins if more voters prefer it). Both:
    `threshold` in points, `exclusive` groups of ids. All: `lot`, the seal of the lot.
    """

    family: Family = Family.GREEDY
    density: bool = False
    skip: bool = True
    utility: Utility = Utility.COST
    add_one: bool = False
    step: Fraction = Fraction(1)
    integral: bool = False
    stop_at: StopAt = StopAt.EXHAUSTIVE
    then_greedy: bool = False
    compare_greedy: bool = False
    threshold: Fraction | None = None
    exclusive: tuple[tuple[str, ...], ...] = ()
    lot: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The options as plain values; fractions as text such as "1" or "1/3"."""
        values = asdict(self)
        values["step"] = str(self.step)
        values["threshold"] = None if self.threshold is None else str(self.threshold)
        return values


class RuleError(ValueError):
    """No such rule, or options that make no sense; the message says which."""


def _presets() -> dict[str, Options]:
    presets = {
        "greedy": Options(),
        "greedy_no_skip": Options(skip=False),
        "greedy_density": Options(density=True),
        "greedy_threshold": Options(),
        "greedy_exclusive": Options(),
        "phragmen": Options(family=Family.PHRAGMEN),
    }
    for utility in Utility:
        plain = Options(family=Family.EQUAL_SHARES, utility=utility)
        add_one = replace(plain, add_one=True)
        integral = replace(add_one, integral=True, stop_at=StopAt.OVERSPEND)
        name = f"mes_{utility.value}"
        for suffix, options in (("", plain), ("_add1", add_one), ("_add1_integral", integral)):
            presets[name + suffix] = options
            presets[f"{name}{suffix}_then_greedy"] = replace(options, then_greedy=True)
    return presets


PRESETS: Mapping[str, Options] = _presets()


def rule_options(name: str, **changes: Any) -> Options:
    """The preset of this name with some options changed. Raises RuleError for an unknown name."""
    if name not in PRESETS:
        raise RuleError(f"unknown rule {name!r}; known rules are {', '.join(PRESETS)}")
    return replace(PRESETS[name], **changes)


def count(profile: Profile, rule: str | Options) -> Outcome:
    """Count the profile by a preset's name or by options.

    Raises RuleError for an unknown name, a step not above 0 or an unknown project in `exclusive`.
    """
    options = rule_options(rule) if isinstance(rule, str) else rule
    _check(profile, options)
    if options.family is Family.PHRAGMEN:
        return phragmen(profile, options.lot)
    by_points = GreedyOptions(
        threshold=options.threshold, exclusive=options.exclusive, lot=options.lot
    )
    if options.family is Family.GREEDY:
        return greedy(profile, replace(by_points, density=options.density, skip=options.skip))
    outcome = equal_shares(profile, _equal_shares_options(options))
    if options.compare_greedy:
        other = greedy(profile, by_points)
        compared = voters_preferring(profile, outcome.winners, other.winners)
        chosen = other if compared[1] > compared[0] else outcome
        return replace(chosen, compared=compared)
    return outcome


def voters_preferring(
    profile: Profile, first: Sequence[str], second: Sequence[str]
) -> tuple[int, int]:
    """How many voters support more of the first winners, and how many more of the second."""
    sign = np.zeros(len(profile.projects))
    for ids, value in ((first, 1), (second, -1)):
        for project_id in ids:
            sign[profile.index[project_id]] += value
    gains = np.bincount(profile.entry_rows, sign[profile.columns], profile.multiplicity.size)
    return (
        int(profile.multiplicity[gains > 0].sum()),
        int(profile.multiplicity[gains < 0].sum()),
    )


def _check(profile: Profile, options: Options) -> None:
    if options.step <= 0:
        raise RuleError("step must be above 0")
    for group in options.exclusive:
        for project_id in group:
            if project_id not in profile.index:
                raise RuleError(f"exclusive: unknown project {project_id!r}")


def _equal_shares_options(options: Options) -> EqualSharesOptions:
    return EqualSharesOptions(
        utility=options.utility,
        add_one=options.add_one,
        step=options.step,
        integral=options.integral,
        stop_at=options.stop_at,
        then_greedy=options.then_greedy,
        threshold=options.threshold,
        exclusive=options.exclusive,
        lot=options.lot,
    )
