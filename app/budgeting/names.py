"""Words for contests and rules, and pictures for projects, as pages show them."""

from flask_babel import gettext

from app.budgeting.models import Contest, Round
from app.budgeting.rules import options_of
from app.city import get_city
from app.tally import Family

# Symbols of icons.svg that stand for kinds of projects, and words people use for them.
PICTURES = frozenset(
    ("bike", "brush", "hand", "house", "lamp", "ramp", "swing", "tools", "tree", "users", "wave")
)
SYNONYMS = {"people": "users", "waves": "wave", "flower": "tree", "bench": "house"}


def contest_name(contest: Contest) -> str:
    """The area of a contest, or "The whole of Espoo"."""
    city = get_city()
    if contest.area:
        return city.areas[contest.area].name
    return gettext("The whole of %(city)s", city=city.name)


def picture_of(icon: str) -> str:
    """The symbol to show for a project's icon; a plain one for what has not been drawn."""
    symbol = SYNONYMS.get(icon, icon)
    return symbol if symbol in PICTURES else "flag"


def rule_sentence(round: Round) -> str:
    """How the votes of a round are counted, in one or two sentences."""
    options = options_of(round.rule["name"], round.rule["parameters"])
    if options.family is Family.EQUAL_SHARES:
        return gettext(
            "Equal shares: every voter has the same share of the money. A project wins when the "
            "shares of those who chose it are enough for its price."
        )
    return gettext(
        "Most votes first: projects are taken in the order of their votes, as long as the money "
        "lasts."
    )
