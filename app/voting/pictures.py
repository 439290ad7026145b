"""The pictures of a result with their words, from the stored account alone.

Each picture comes with the same numbers as rows for a table.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext, ngettext

from app.budgeting.models import Contest, Round
from app.budgeting.names import contest_name
from app.budgeting.rules import options_of
from app.core.drawing import Drawing
from app.core.words import money, number
from app.tally import Family
from app.voting import bars, flow, sentences
from app.voting.models import ContestResult
from app.voting.places import Place

Account = dict[str, Any]
TOGETHER = 4  # voters with this many wishes or more are shown together


@dataclass(frozen=True)
class Crowd:
    """Voters of whose wishes as many came true; `at_least` when some had more.

    `cents` is what they paid for each winner that voters paid, `left_cents` the rest of their
    shares.
    """

    wins: int
    at_least: bool
    voters: int
    cents: tuple[int, ...]
    left_cents: int

    @property
    def note(self) -> str:
        """How many wishes came true, in words."""
        if not self.wins:
            return gettext("no wish came true")
        if self.at_least:
            return gettext("at least %(num)s wishes came true", num=self.wins)
        return ngettext("%(num)s wish came true", "%(num)s wishes came true", self.wins)

    @property
    def name(self) -> str:
        """How many voters they are."""
        return ngettext(
            "%(count)s voter", "%(count)s voters", self.voters, count=number(self.voters)
        )

    @property
    def short(self) -> str:
        """Wishes and voters in one short line."""
        count = number(self.voters)
        if self.at_least:
            return gettext("%(num)s+ wishes: %(count)s", num=self.wins, count=count)
        return ngettext(
            "%(num)s wish: %(count)s", "%(num)s wishes: %(count)s", self.wins, count=count
        )


@dataclass(frozen=True)
class MoneyFlow:
    """From voters to winners: two drawings, the same as a table, and what is not in them."""

    wide: Drawing
    narrow: Drawing
    crowds: list[Crowd]
    winners: list[Account]
    notes: list[str]


def money_flow(account: Account, titles: sentences.Titles) -> MoneyFlow | None:
    """What voters paid for which winner; None where voters do not pay or nothing was bought."""
    paid = {one["winner"] for group in account["groups"] for one in group["paid"]}
    winners = [winner for winner in account["winners"] if winner["project"] in paid]
    if not winners:
        return None
    crowds = list_crowds(account["groups"], [winner["project"] for winner in winners])
    sources = [
        flow.Source(crowd.name, crowd.note, crowd.short, crowd.cents)
        for crowd in reversed(crowds)
        if any(crowd.cents)
    ]
    targets = [
        flow.Target(titles[winner["project"]], money(winner["cost_cents"])) for winner in winners
    ]
    at_the_end = [
        titles[winner["project"]] for winner in account["winners"] if winner["project"] not in paid
    ]
    notes = [*sentences.unused(account["groups"]), *sentences.bought_at_the_end(at_the_end)]
    return MoneyFlow(
        flow.draw_wide(sources, targets),
        flow.draw_narrow(sources, targets),
        crowds,
        [{**winner, "title": titles[winner["project"]]} for winner in winners],
        notes,
    )


def list_crowds(groups: Sequence[Account], winners: Sequence[int]) -> list[Crowd]:
    """Voter groups of an account, those with many wins together, the fewest wins first."""
    crowds = []
    for wins in range(TOGETHER + 1):
        own = [g for g in groups if g["wins"] == wins or g["wins"] > wins == TOGETHER]
        if not own:
            continue
        cents = dict.fromkeys(winners, 0)
        for payment in (one for group in own for one in group["paid"]):
            cents[payment["winner"]] += payment["cents"]
        crowds.append(
            Crowd(
                wins,
                any(group["wins"] > wins for group in own),
                sum(group["voters"] for group in own),
                tuple(cents.values()),
                sum(group["left_cents"] for group in own),
            )
        )
    return crowds


@dataclass(frozen=True)
class Way:
    """One way of counting and what comes of it; `satisfied` in whole percent of the voters, None
    in a small contest."""

    name: str
    winners: int
    spent_cents: int
    left_cents: int
    satisfied: int | None

    @property
    def share(self) -> str:
        """The satisfied voters in words, empty in a small contest."""
        return "" if self.satisfied is None else percent_text(self.satisfied)


@dataclass(frozen=True)
class Comparison:
    """The way that was used beside another one.

    `both_cents` is what the projects cost that win in both.
    """

    used: Way
    other: Way
    sentences: list[str]
    shares: bars.Pair | None
    money: bars.Pair
    both_cents: int


def comparison(round: Round, account: Account) -> Comparison | None:
    """Both ways of counting; None where the round uses the very way that is shown beside."""
    other = account["compared"]
    if other["rule"] == round.rule["name"] and account["duel"] is None:
        return None
    names = _names(round, account)
    winners = [winner["project"] for winner in account["winners"]]
    used = _way(names[0], account, len(winners), account)
    beside = _way(names[1], other, len(other["winners"]), account)
    both = sum(w["cost_cents"] for w in account["winners"] if w["project"] in other["winners"])
    rows = [_money_row(way, both, account["budget_cents"]) for way in (used, beside)]
    shares = None
    if used.satisfied is not None:
        shares = bars.draw_both([_share_row(way) for way in (used, beside)])
    told = _told(account, used, beside, sorted(winners) == sorted(other["winners"]))
    return Comparison(used, beside, told, shares, bars.draw_both(rows), both)


def _names(round: Round, account: Account) -> tuple[str, str]:
    """The names of the way that was used and of the other one."""
    shares, votes = gettext("Equal shares"), gettext("Most votes first")
    if account["duel"] and account["duel"]["taken"] == "compared":
        return votes, shares
    options = options_of(round.rule["name"], round.rule["parameters"])
    used = shares if options.family is Family.EQUAL_SHARES else gettext("The rules of this vote")
    return used, votes


def _way(name: str, found: Account, winners: int, account: Account) -> Way:
    satisfied = found["satisfied"]
    return Way(
        name,
        winners,
        found["spent_cents"],
        account["budget_cents"] - found["spent_cents"],
        None if satisfied is None else percent(satisfied, account["voters"]),
    )


def _share_row(way: Way) -> bars.Row:
    share = way.satisfied or 0
    return bars.Row(way.name, percent_text(share), (bars.Part(share / 100),))


def _money_row(way: Way, both_cents: int, budget_cents: int) -> bars.Row:
    parts = (
        bars.Part(both_cents / budget_cents),
        bars.Part((way.spent_cents - both_cents) / budget_cents, "g-bar wait"),
    )
    return bars.Row(way.name, money(way.spent_cents), parts)


def _told(account: Account, used: Way, other: Way, is_same: bool) -> list[str]:
    votes_first = account["compared"]["rule"] == "greedy"
    if is_same:
        return [
            gettext(
                "If the projects had been taken by their number of votes alone, the same ones "
                "would have won."
            )
            if votes_first
            else gettext("By equal shares, the same projects would have won.")
        ]
    if votes_first:
        told = [
            ngettext(
                "If the projects had been taken by their number of votes alone, %(num)s project "
                "would have won.",
                "If the projects had been taken by their number of votes alone, %(num)s projects "
                "would have won.",
                other.winners,
            )
        ]
    else:
        told = [
            ngettext(
                "By equal shares, %(num)s project would have won.",
                "By equal shares, %(num)s projects would have won.",
                other.winners,
            )
        ]
    if used.satisfied is not None and other.satisfied is not None:
        told.append(_told_shares(used.satisfied, other.satisfied))
    return told


def _told_shares(used: int, other: int) -> str:
    if used == other:
        return gettext(
            "Both ways, %(share)s of the voters get at least one project that they chose.",
            share=percent_text(used),
        )
    return gettext(
        "Then %(other)s of the voters would have got at least one project that they chose. Now it "
        "is %(share)s.",
        other=percent_text(other),
        share=percent_text(used),
    )


def by_place(places: Sequence[Place]) -> bars.Pair | None:
    """The winners' money by place; None when it all is in one place."""
    if len(places) < 2:
        return None
    most = max(place.cents for place in places)
    return bars.draw_both(
        [
            bars.Row(
                place.name,
                money(place.cents),
                (bars.Part(place.cents / most if most else 0, "g-bar ok"),),
            )
            for place in places
        ]
    )


@dataclass(frozen=True)
class Line:
    """One contest in the table of the whole round; `satisfied` is None in a small contest."""

    contest: Contest
    name: str
    voters: int
    winners: int
    projects: int
    spent_cents: int
    budget_cents: int
    satisfied: int | None

    @property
    def share(self) -> str:
        """The satisfied voters in words, empty in a small contest."""
        return "" if self.satisfied is None else percent_text(self.satisfied)


def whole_round(round: Round, results: dict[int, ContestResult]) -> list[Line]:
    """All contests of a round whose result is confirmed, in the round's order."""
    return [
        _line(contest, results[contest.id].account)
        for contest in round.contests
        if contest.id in results
    ]


def _line(contest: Contest, account: Account) -> Line:
    winners, satisfied = len(account["winners"]), account["satisfied"]
    return Line(
        contest,
        contest_name(contest),
        account["voters"],
        winners,
        winners + len(account["losers"]),
        account["spent_cents"],
        account["budget_cents"],
        None if satisfied is None else percent(satisfied, account["voters"]),
    )


def percent(part: int, whole: int) -> int:
    """A share in whole percent; 100 only when it is all, 0 only when it is none."""
    if whole == 0 or part in (0, whole):
        return 100 if whole and part == whole else 0
    return min(max(round(100 * part / whole), 1), 99)


def percent_text(value: int) -> str:
    """67 %, unbreakable."""
    return f"{value}\N{NO-BREAK SPACE}%"
