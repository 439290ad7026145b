"""The counting rule of a round as data, and the digest of everything that is fixed at publishing.

`Round.rule` is {"name": a preset of app.tally, "parameters": {...}, "compared": "greedy"}; the
parameters are named as in `PARAMETERS`, with text for numbers ("1", "0.5"). The result by the rule
"compared" is shown beside the result, for comparison only. Ties are settled as app.tally does:
lower cost, then more votes, then the lot drawn with the SHA-256 of the ballots.

`Round.eligibility` is {"min_age": years, "home": "city"}: residents of the city who have reached
the age by the end of voting.
"""

import hashlib
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from app.budgeting.models import Round
from app.core.errors import Invalid
from app.journal.chain import canonical, moment
from app.tally import Family, Options, RuleError, StopAt, Utility, rule_options

COMPARED = "greedy"
PARAMETERS: Mapping[str, Callable[[Any], Any]] = {
    "utility": Utility,
    "add_one": bool,
    "step": Fraction,
    "integral": bool,
    "stop_at": StopAt,
    "then_greedy": bool,
    "compare_greedy": bool,
    "threshold": Fraction,
}


def options_of(name: str, parameters: Mapping[str, Any]) -> Options:
    """The rule as app.tally takes it.

    Raises Invalid "bad_rule" for what there is not, and for rules that serve comparison only.
    """
    if not parameters.keys() <= PARAMETERS.keys():
        raise Invalid("bad_rule")
    try:
        changes = {key: PARAMETERS[key](value) for key, value in parameters.items()}
        options = rule_options(name, **changes)
    except (RuleError, ValueError, TypeError, ZeroDivisionError):
        raise Invalid("bad_rule") from None
    if options.family is Family.PHRAGMEN or options.step <= 0:
        raise Invalid("bad_rule")
    return options


def digest_of(round: Round) -> str:
    """SHA-256 (hex) of the canonical JSON of all that cannot change after publishing."""
    fixed = {
        "year": round.year,
        "ballot_type": round.ballot_type.value,
        "min_choices": round.min_choices,
        "max_choices": round.max_choices,
        "rule": round.rule,
        "ties": ["cost", "votes", "lot"],
        "eligibility": round.eligibility,
        "phases": [[p.kind.value, moment(p.opens), moment(p.closes)] for p in round.phases],
        "envelopes": {contest.key: contest.amount_cents for contest in round.contests},
    }
    return hashlib.sha256(canonical(fixed).encode()).hexdigest()
