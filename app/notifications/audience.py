"""Who hears of which step. Pure.

Every kind of entry stands in one of the two lists, and a test holds it.
"""

import enum

from app.journal import Kind


class Audience(enum.Enum):
    """To whom a step is told. Of a hidden matter only its author hears, whatever stands here."""

    FOLLOWERS = enum.auto()
    AUTHOR_TOO = enum.auto()  # its author even without following
    AUTHOR = enum.auto()  # nobody but its author
    # Its authors and those who followed it before; who came with the step hears of it elsewhere.
    EARLIER = enum.auto()


MAILED: dict[Kind, Audience] = {
    Kind.PUBLISHED: Audience.AUTHOR,
    Kind.WITHDRAWN: Audience.FOLLOWERS,
    Kind.ADDED: Audience.FOLLOWERS,
    Kind.CO_AUTHOR_JOINED: Audience.AUTHOR,
    Kind.CO_AUTHOR_LEFT: Audience.AUTHOR,
    Kind.MAKERS_THRESHOLD: Audience.FOLLOWERS,
    Kind.REGISTERED: Audience.FOLLOWERS,
    Kind.PREPARING: Audience.FOLLOWERS,
    Kind.HANDED_OVER: Audience.FOLLOWERS,
    Kind.ESTIMATED: Audience.FOLLOWERS,
    Kind.ASKED: Audience.AUTHOR_TOO,
    Kind.ASK_REMINDED: Audience.AUTHOR,
    Kind.REPLIED: Audience.FOLLOWERS,
    Kind.RESUMED: Audience.FOLLOWERS,
    Kind.SENT_TO_BODY: Audience.FOLLOWERS,
    Kind.BACK_FROM_BODY: Audience.FOLLOWERS,
    Kind.EXTENDED: Audience.FOLLOWERS,
    Kind.ANSWERED: Audience.FOLLOWERS,
    Kind.CORRECTED: Audience.FOLLOWERS,
    Kind.CLOSED: Audience.FOLLOWERS,
    Kind.TRANSFERRED: Audience.AUTHOR_TOO,
    Kind.RESTORED: Audience.AUTHOR_TOO,
    Kind.CASE_NUMBER_CHANGED: Audience.FOLLOWERS,
    Kind.DISMISSED: Audience.AUTHOR,
    Kind.MERGED: Audience.AUTHOR_TOO,
    Kind.MERGED_IN: Audience.EARLIER,
    Kind.PARTED: Audience.EARLIER,
    Kind.SPLIT: Audience.AUTHOR_TOO,
    Kind.PROMISE_KEPT: Audience.FOLLOWERS,
    Kind.PROMISE_MOVED: Audience.FOLLOWERS,
    Kind.PROMISE_BROKEN: Audience.FOLLOWERS,
    Kind.DECISION_LINKED: Audience.FOLLOWERS,
    Kind.OVERDUE: Audience.FOLLOWERS,
    Kind.UNMARKED: Audience.FOLLOWERS,
    Kind.DOCUMENTS_GIVEN: Audience.FOLLOWERS,
    Kind.TAKEN_UP: Audience.FOLLOWERS,
    Kind.IMPLEMENTING: Audience.FOLLOWERS,
    Kind.IMPLEMENTED: Audience.FOLLOWERS,
    Kind.EVALUATED: Audience.FOLLOWERS,
    Kind.REOPENED: Audience.FOLLOWERS,
    Kind.MEASURED: Audience.FOLLOWERS,
    Kind.QUESTION_ASKED: Audience.FOLLOWERS,
    Kind.QUESTION_ANSWERED: Audience.FOLLOWERS,
}

RECEIPTS = frozenset({Kind.PUBLISHED})  # told also to the person who made the step

_OWN_MESSAGE = "moderation tells the author at once, with the rule and how to appeal"
_NO_MATTER = "it is not about a matter"
WITHOUT_MAIL: dict[Kind, str] = {
    Kind.EDITED: "the author's own change; the handling does not move",
    Kind.TRANSLATED: "the same text for other readers; the handling does not move",
    Kind.ATTACHED: "the author's own change; the handling does not move",
    Kind.ATTACHMENT_REMOVED: "the author's own change; the handling does not move",
    Kind.COMMENTED: "a discussion can have hundreds a day",
    Kind.COMMENT_EDITED: "the author's own change in the discussion",
    Kind.COMMENT_DELETED: "the author's own act in the discussion",
    Kind.HIDDEN: _OWN_MESSAGE,
    Kind.SHOWN: _OWN_MESSAGE,
    Kind.APPEALED: "the author's own act; moderators have it in their queue",
    Kind.APPEAL_DECIDED: _OWN_MESSAGE,
    Kind.COMMENT_HIDDEN: _OWN_MESSAGE,
    Kind.COMMENT_SHOWN: _OWN_MESSAGE,
    Kind.COMMENT_APPEALED: "the author's own act; moderators have it in their queue",
    Kind.COMMENT_APPEAL_DECIDED: _OWN_MESSAGE,
    Kind.PROMISED: "the answer of the same moment tells of its promises",
    Kind.DECISION_UNLINKED: "takes back a link that was a mistake",
    Kind.EVIDENCE_REMOVED: "protects a person; the promise stays kept",
    Kind.HANDOVER_OFFERED: "nothing has moved until the other unit accepts",
    Kind.HANDOVER_RETURNED: "the matter stays where it was",
    Kind.HANDOVER_TAKEN_BACK: "the matter stays where it was",
    Kind.SPLIT_FROM: "the matter from which the part was split tells it to the same people",
    Kind.CLOCKS_STARTED: "the step that starts deadlines is told",
    Kind.MARKED: "only adds a deadline that the law gives",
    Kind.QUESTION_PAUSED: "between the unit and the councillor; the answer is told",
    Kind.QUESTION_CONTINUED: "between the unit and the councillor; the answer is told",
    Kind.ROUND_PUBLISHED: _NO_MATTER,
    Kind.PROJECT_MADE: _NO_MATTER,
    Kind.PROJECT_FEASIBLE: _NO_MATTER,
    Kind.PROJECT_REFUSED: _NO_MATTER,
    Kind.VOTING_CLOSED: _NO_MATTER,
    Kind.BALLOTS_OPENED: _NO_MATTER,
    Kind.RESULT_CONFIRMED: _NO_MATTER,
    Kind.ROLE_GRANTED: _NO_MATTER,
    Kind.ROLE_ENDED: _NO_MATTER,
}


def is_told(kind: str, role: str) -> bool:
    """Whether a step is mailed.

    What the city publishes is a part of another matter, whose own step tells it.
    """
    is_own = role == "author" or kind not in (Kind.PUBLISHED, Kind.CO_AUTHOR_JOINED)
    return kind in MAILED and is_own
