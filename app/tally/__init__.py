"""Counting of votes in participatory budgeting: exact, explained, fast.

Pure Python with numpy; no web framework, no database. What goes in is a profile (projects with
costs, a budget, ballots), what comes out is an outcome (winners and every step), from which an
account can be drawn for residents. Floating point may search, exact rationals decide.

    from fractions import Fraction
    from app.tally import Profile, Project, VoteType, account_of, count

    projects = [
        Project("12", 40_000, "Skating rink"),
        Project("3", 25_000, "Benches"),
        Project("7", 30_000, "Cycle racks"),
    ]
    ballots = [["12", "3"], ["12"], ["3", "7"], ["3", "7"], []]
    profile = Profile.from_ballots(projects, ballots, budget=75_000)
    outcome = count(profile, "mes_cost_add1")
    outcome.winners  # ("3", "7"): ids in natural order
    account = account_of(outcome)  # who paid what, what losers missed
    account.groups  # voters by how many of their projects won, with what they paid for each

Amounts are ints or Fractions in any one unit, say euros; ids are text without commas; a blank
ballot counts as a voter. Ballots are lists of ids, best first for `VoteType.RANKING`, or mappings
of id to points for `VoteType.POINTS`.

Where to look:

- `profile`: Project, Profile, VoteType; ballots grouped in numpy arrays
- `rules`: names of rules (`PRESETS`), `Options`, `count`, `voters_preferring`
- `outcome`: Outcome, Step, Ledger, Completion
- `account`: an outcome in terms of people and money, for pages and for `explain`
- `greedy`, `equal_shares` (with `add_one` and `purses`), `phragmen`: the algorithms
- `ties`: lower cost, more votes, then natural order or the lot; `ballot_seal` for the lot
- `pabulib`: files
"""

from app.tally.account import (
    Account,
    Comparison,
    GroupPayment,
    LoserAccount,
    Reason,
    VoterGroup,
    WinnerAccount,
    account_of,
    compare,
)
from app.tally.outcome import Action, Completion, Ledger, Outcome, Phase, Step
from app.tally.pabulib import (
    PabulibError,
    PabulibFile,
    check_pabulib,
    pabulib_of_profile,
    read_pabulib,
    write_pabulib,
)
from app.tally.profile import Profile, ProfileError, Project, VoteType, natural_key
from app.tally.rules import (
    PRESETS,
    Family,
    Options,
    RuleError,
    count,
    rule_options,
    voters_preferring,
)
from app.tally.shares import StopAt, Utility
from app.tally.tables import Problem
from app.tally.ties import DecidedBy, Tie, ballot_seal, canonical_ballots

__all__ = [
    "PRESETS",
    "Account",
    "Action",
    "Comparison",
    "Completion",
    "DecidedBy",
    "Family",
    "GroupPayment",
    "Ledger",
    "LoserAccount",
    "Options",
    "Outcome",
    "PabulibError",
    "PabulibFile",
    "Phase",
    "Problem",
    "Profile",
    "ProfileError",
    "Project",
    "Reason",
    "RuleError",
    "Step",
    "StopAt",
    "Tie",
    "Utility",
    "VoteType",
    "VoterGroup",
    "WinnerAccount",
    "account_of",
    "ballot_seal",
    "canonical_ballots",
    "check_pabulib",
    "compare",
    "count",
    "natural_key",
    "pabulib_of_profile",
    "read_pabulib",
    "rule_options",
    "voters_preferring",
    "write_pabulib",
]
