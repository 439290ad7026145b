"""Every kind of journal entry in plain words: by whom, and what. Pure.

`TELLERS` names for each kind the function that tells it. They come by their field from
`sentences_matters`, `sentences_handling` and `sentences_duties`; rounds and roles are here.
"""

from collections.abc import Callable

from flask_babel import ngettext

from app.core import words
from app.journal import Entry, Kind
from app.transparency import sentences_duties as duties
from app.transparency import sentences_handling as handling
from app.transparency import sentences_matters as matters
from app.transparency.phrases import gettext
from app.transparency.telling import Glossary, Teller, Told


def tell(entry: Entry, glossary: Glossary) -> Told:
    """An entry in words."""
    return TELLERS[entry.kind](entry, glossary)


def _plain(title: Callable[[], str], icon: str) -> Teller:
    return lambda _entry, _glossary: Told(title(), icon=icon)


def _voting_closed(entry: Entry, _glossary: Glossary) -> Told:
    count = entry.facts["envelopes"]
    title = ngettext(
        "The voting closed with %(count)s ballot",
        "The voting closed with %(count)s ballots",
        count,
        count=words.number(count),
    )
    return Told(title, icon="lock")


def _result(entry: Entry, _glossary: Glossary) -> Told:
    count = len(entry.facts["winners"])
    title = ngettext(
        "A result was confirmed: %(num)s project won",
        "A result was confirmed: %(num)s projects won",
        count,
    )
    return Told(title, tone="ok", icon="check")


TELLERS: dict[Kind, Teller] = {
    **matters.TELLERS,
    **handling.TELLERS,
    **duties.TELLERS,
    Kind.ROUND_PUBLISHED: _plain(
        lambda: gettext("The budgeting team published a round with its rules"), "scale"
    ),
    Kind.PROJECT_MADE: _plain(
        lambda: gettext("The budgeting team made a project of ideas"), "plus"
    ),
    Kind.PROJECT_FEASIBLE: _plain(
        lambda: gettext("The budgeting team let a project go to the vote"), "check"
    ),
    Kind.PROJECT_REFUSED: _plain(
        lambda: gettext("The budgeting team kept a project from the vote"), "x"
    ),
    Kind.VOTING_CLOSED: _voting_closed,
    Kind.BALLOTS_OPENED: _plain(lambda: gettext("The ballots of a vote were opened"), "mail"),
    Kind.RESULT_CONFIRMED: _result,
    Kind.ROLE_GRANTED: _plain(lambda: gettext("An administrator gave a role"), "user"),
    Kind.ROLE_ENDED: _plain(lambda: gettext("An administrator ended a role"), "user"),
}
