"""An outcome in terms of people and money: what a resident wants to know about each project.

For a winner: when it was bought, by how many, what each of them paid. For a loser: what its
supporters had left, what was missing, where their money had gone. For all: how many voters got
something, and what voters paid, by how many of their wishes came true. Numbers that decide
anything are exact; amounts of type float are for showing only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

import numpy as np

from app.tally.outcome import Action, Ledger, Outcome, Phase, Step
from app.tally.profile import FloatArray, IntArray, Profile, Project
from app.tally.rules import voters_preferring

QUARTERS = 4


@dataclass(frozen=True, slots=True)
class FullPayment:
    """People who paid all that was asked of them: `each` is the amount of one."""

    voters: int
    points: Fraction
    each: Fraction


@dataclass(frozen=True, slots=True)
class PartPayment:
    """People who had less than was asked and paid all they had, `total` together.

    `quarters` counts them by what they could pay of what was asked: up to a quarter, a half, three
    quarters, all. `least` and `most` are the lowest and highest amount of one, for showing.
    """

    voters: int
    total: Fraction
    least: float
    most: float
    quarters: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class WinnerAccount:
    """How a winner was bought, as purchase `number` (from 1).

    Rules in which voters do not pay, and a greedy completion, have no payments: `full` is empty
    and `part` None.
    """

    project: Project
    number: int
    votes: int
    points: Fraction
    step: Step
    full: tuple[FullPayment, ...] = ()
    part: PartPayment | None = None


class Reason(StrEnum):
    """Why a project did not win."""

    OVER_BUDGET = "over_budget"  # costs more than the whole budget
    NO_SUPPORT = "no_support"
    EXCLUDED = "excluded"  # a mutually exclusive project won
    TOO_DEAR = "too_dear"  # its supporters together had less left than it costs
    NO_ROOM = "no_room"  # did not fit in what was left of the budget
    THRESHOLD = "threshold"  # fewer points than the rule asks for
    STOPPED = "stopped"  # the rule had stopped before its turn


@dataclass(frozen=True, slots=True)
class Spending:
    """What the supporters of one project paid for a winner: so many of them, so much together."""

    winner: str
    voters: int
    amount: float


@dataclass(frozen=True, slots=True)
class LoserAccount:
    """What was missing for a project.

    With equal shares, `had` is what its supporters had left together at the end, `missing` its
    cost less that, `spendings` where their money had gone, the most first. With greedy, `room` is
    the budget left at its turn. What does not apply is None or empty.
    """

    project: Project
    votes: int
    points: Fraction
    reason: Reason
    had: Fraction | None = None
    missing: Fraction | None = None
    room: Fraction | None = None
    spendings: tuple[Spending, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupPayment:
    """What the voters of one group paid together for a winner."""

    winner: str
    amount: Fraction


@dataclass(frozen=True, slots=True)
class VoterGroup:
    """The voters who support exactly `wins` of the winners, blank ballots among those of none.

    `payments` are in the order of buying; over all groups, those for one winner add up to its
    cost. `left` is what the group did not use of its shares; paid and left together are its
    shares. Rules in which voters do not pay have no payments and `left` None; a greedy completion
    counts as a win that nobody paid.
    """

    wins: int
    voters: int
    payments: tuple[GroupPayment, ...] = ()
    left: Fraction | None = None

    @property
    def paid(self) -> Fraction:
        """What the group paid for all winners together."""
        return sum((payment.amount for payment in self.payments), Fraction(0))


@dataclass(frozen=True, slots=True)
class Account:
    """The account of a whole outcome. `satisfied` voters support at least one winner.

    `groups` are ordered by wins, the fewest first; nobody is in two, everybody in one.
    """

    outcome: Outcome
    winners: tuple[WinnerAccount, ...]
    losers: tuple[LoserAccount, ...]
    voters: int
    satisfied: int
    groups: tuple[VoterGroup, ...] = ()

    @property
    def satisfied_share(self) -> Fraction:
        """Satisfied voters by all voters; 0 if nobody voted."""
        return Fraction(self.satisfied, self.voters) if self.voters else Fraction(0)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sets of winners side by side.

    `prefer_first` voters support more winners of the first than of the second; `prefer_second`
    the other way round.
    """

    both: tuple[str, ...]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]
    satisfied_first: int
    satisfied_second: int
    prefer_first: int
    prefer_second: int


def account_of(outcome: Outcome) -> Account:
    """The account of an outcome: winners as bought, losers by points, the most first."""
    profile = outcome.profile
    payments = _payments(outcome.ledger) if outcome.ledger else []
    winners = tuple(
        _winner(outcome, number, step, payments)
        for number, step in enumerate(s for s in outcome.steps if s.action is Action.BUY)
    )
    won = set(outcome.bought)
    losers = [n for n, project in enumerate(profile.projects) if project.id not in won]
    losers.sort(key=lambda number: -profile.support[number])
    spent = _spendings(outcome.ledger, payments, losers) if outcome.ledger else {}
    return Account(
        outcome,
        winners,
        tuple(_loser(outcome, number, spent.get(number, ())) for number in losers),
        profile.num_ballots,
        count_satisfied(profile, outcome.bought),
        voter_groups(outcome),
    )


def count_satisfied(profile: Profile, winners: Sequence[str]) -> int:
    """How many voters support at least one of the winners."""
    return int(profile.multiplicity[_wins(profile, winners) > 0].sum())


def voter_groups(outcome: Outcome) -> tuple[VoterGroup, ...]:
    """All voters by how many winners they support, with what they paid; exact."""
    profile = outcome.profile
    wins = _wins(profile, outcome.bought)
    voters = np.bincount(wins, profile.multiplicity).astype(np.int64).tolist()
    present = [number for number, count in enumerate(voters) if count]
    ledger = outcome.ledger
    if ledger is None:
        return tuple(VoterGroup(number, voters[number]) for number in present)
    paid, left = _group_money(ledger, wins, len(voters))
    ids = [profile.projects[position].id for position in ledger.bought]
    unit = ledger.denominator
    return tuple(
        VoterGroup(
            number,
            voters[number],
            tuple(
                GroupPayment(winner, Fraction(amount, unit))
                for winner, amount in zip(ids, paid[number], strict=True)
                if amount
            ),
            Fraction(left[number], unit),
        )
        for number in present
    )


def _wins(profile: Profile, winners: Sequence[str]) -> IntArray:
    """For each distinct ballot, how many of the winners it supports."""
    is_winner = np.zeros(len(profile.projects))
    is_winner[[profile.index[project_id] for project_id in winners]] = 1
    rows = profile.multiplicity.size
    hits = np.bincount(profile.entry_rows, is_winner[profile.columns], rows)
    wins: IntArray = hits.astype(np.int64)
    return wins


def _group_money(ledger: Ledger, wins: IntArray, size: int) -> tuple[list[list[int]], list[int]]:
    """What each group of voters paid for each purchase and has left, in 1/`ledger.denominator`.

    Ballots of one group that were emptied by the same purchase (or by none) are one class. A class
    paid the full price for all it supports before that purchase, and the rest of its money then;
    so sums of points, which are whole numbers, give exact amounts.
    """
    profile, purchases = ledger.profile, len(ledger.bought)
    # a share of nothing is empty from the start, though no purchase emptied it
    emptied_at = np.where(ledger.emptied_at < purchases, ledger.emptied_at, -1)
    classes, of_row = np.unique(wins * (purchases + 1) + emptied_at + 1, return_inverse=True)
    points = _points_in_full(ledger, of_row, classes.size)
    people = np.bincount(of_row, profile.multiplicity, classes.size).astype(np.int64).tolist()
    share = int(ledger.endowment * ledger.denominator)
    paid = [[0] * purchases for _ in range(size)]
    left = [0] * size
    for number, (group, emptied) in enumerate(divmod(int(c), purchases + 1) for c in classes):
        money = share * people[number]
        for purchase in np.flatnonzero(points[number]).tolist():
            price = ledger.numerators[purchase] * int(points[number, purchase])
            paid[group][purchase] += price
            money -= price
        if emptied:
            paid[group][emptied - 1] += money
        else:
            left[group] += money
    return paid, left


def _points_in_full(ledger: Ledger, of_row: IntArray, classes: int) -> FloatArray:
    """For each class of ballots and each purchase, the points that were paid in full."""
    profile, purchases = ledger.profile, len(ledger.bought)
    bought_as = np.full(len(profile.projects), -1)
    bought_as[list(ledger.bought)] = np.arange(purchases)
    purchase, rows = bought_as[profile.columns], profile.entry_rows
    emptied = ledger.emptied_at[rows]
    in_full = (purchase >= 0) & ((emptied < 0) | (emptied > purchase))
    rows, purchase = rows[in_full], purchase[in_full]
    weights = profile.multiplicity[rows] * profile.scores[in_full]
    cells = of_row[rows] * purchases + purchase
    points = np.bincount(cells, weights, classes * purchases).astype(np.float64)
    return points.reshape(classes, purchases)


def compare(first: Outcome, second: Outcome) -> Comparison:
    """Compare two outcomes of one profile."""
    profile = first.profile
    prefer_first, prefer_second = voters_preferring(profile, first.winners, second.winners)
    return Comparison(
        tuple(project for project in first.winners if project in second.winners),
        tuple(project for project in first.winners if project not in second.winners),
        tuple(project for project in second.winners if project not in first.winners),
        count_satisfied(profile, first.winners),
        count_satisfied(profile, second.winners),
        prefer_first,
        prefer_second,
    )


@dataclass(frozen=True, slots=True)
class Payment:
    """One purchase: who took part (rows), with what score, what one voter paid and was asked."""

    rows: IntArray
    scores: IntArray
    paid: FloatArray
    asked: FloatArray


def _payments(ledger: Ledger) -> list[Payment]:
    """What everybody paid for each purchase, as floats."""
    profile = ledger.profile
    money = np.full(profile.multiplicity.size, float(ledger.endowment))
    payments = []
    for number, project in enumerate(ledger.bought):
        rows = profile.supporters(project)
        emptied = ledger.emptied_at[rows]
        scores = profile.project_scores(project)[(emptied < 0) | (emptied >= number)]
        rows = rows[(emptied < 0) | (emptied >= number)]
        asked: FloatArray = float(ledger.prices[number]) * scores.astype(np.float64)
        paid = np.where(ledger.emptied_at[rows] == number, money[rows], asked)
        money[rows] -= paid
        payments.append(Payment(rows, scores, paid, asked))
    return payments


def _winner(
    outcome: Outcome, number: int, step: Step, payments: Sequence[Payment]
) -> WinnerAccount:
    profile = outcome.profile
    position = profile.index[step.project]
    project = profile.projects[position]
    votes, points = profile.votes[position], profile.points(position)
    if step.phase is Phase.GREEDY or step.partly is None or step.price is None:
        return WinnerAccount(project, number + 1, votes, points, step)
    full, part = _split_payers(profile, step, payments[number])
    return WinnerAccount(project, number + 1, votes, points, step, full, part)


def _split_payers(
    profile: Profile, step: Step, payment: Payment
) -> tuple[tuple[FullPayment, ...], PartPayment | None]:
    """Payers of the full price by points, and those who paid less.

    The step knows exactly how many paid less: they are the ones furthest from what was asked.
    """
    voters = profile.multiplicity[payment.rows]
    fraction = payment.paid / payment.asked
    order = np.argsort(fraction, kind="stable")
    cut = int(np.searchsorted(np.cumsum(voters[order]), step.partly or 0, side="right"))
    poor, rich = order[:cut], order[cut:]
    price = step.price or Fraction(0)
    full = []
    for score in np.unique(payment.scores[rich])[::-1].tolist():
        points = Fraction(score, profile.score_scale)
        amount = int(voters[rich][payment.scores[rich] == score].sum())
        full.append(FullPayment(amount, points, price * points))
    if poor.size == 0:
        return tuple(full), None
    total = step.cost - sum((group.each * group.voters for group in full), Fraction(0))
    quarter = np.minimum((fraction[poor] * QUARTERS).astype(int), QUARTERS - 1)
    quarters = np.bincount(quarter, voters[poor], QUARTERS).astype(int).tolist()
    paid = payment.paid[poor]
    part = PartPayment(
        step.partly or 0, total, float(paid.min()), float(paid.max()), tuple(quarters)
    )
    return tuple(full), part


def _spendings(
    ledger: Ledger, payments: Sequence[Payment], losers: Sequence[int]
) -> dict[int, tuple[Spending, ...]]:
    """For each loser, what its supporters paid for winners."""
    profile = ledger.profile
    size = len(profile.projects)
    found: dict[int, list[Spending]] = {number: [] for number in losers}
    for project, payment in zip(ledger.bought, payments, strict=True):
        entries, voters = profile.entries_of(payment.rows)
        columns = profile.columns[entries]
        lengths = profile.offsets[payment.rows + 1] - profile.offsets[payment.rows]
        amounts = np.bincount(columns, voters * np.repeat(payment.paid, lengths), size)
        people = np.bincount(columns, voters, size)
        for number in losers:
            if people[number]:
                found[number].append(
                    Spending(
                        profile.projects[project].id, int(people[number]), float(amounts[number])
                    )
                )
    return {
        number: tuple(sorted(spendings, key=lambda spending: -spending.amount))
        for number, spendings in found.items()
    }


def _loser(outcome: Outcome, number: int, spendings: tuple[Spending, ...]) -> LoserAccount:
    profile = outcome.profile
    project = profile.projects[number]
    had = missing = None
    if outcome.ledger is not None:
        had = outcome.ledger.left_with(profile.supporters(number))
        missing = project.cost - had
    step = next((step for step in outcome.steps if step.project == project.id), None)
    return LoserAccount(
        project,
        profile.votes[number],
        profile.points(number),
        _reason(outcome, number, step, missing),
        had,
        missing,
        step.left if step else None,
        spendings,
    )


def _reason(outcome: Outcome, number: int, step: Step | None, missing: Fraction | None) -> Reason:
    profile = outcome.profile
    if profile.projects[number].cost > profile.budget:
        return Reason.OVER_BUDGET
    if outcome.threshold is not None and profile.points(number) < outcome.threshold:
        return Reason.THRESHOLD
    if step is not None:
        return Reason.EXCLUDED if step.action is Action.EXCLUDE else Reason.NO_ROOM
    if profile.votes[number] == 0:
        return Reason.NO_SUPPORT
    if missing is None:
        return Reason.STOPPED
    return Reason.TOO_DEAR if missing > 0 else Reason.EXCLUDED
