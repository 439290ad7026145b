"""Decisions and meetings in words, as the templates show them."""

from dataclasses import dataclass
from datetime import date, timedelta

from flask_babel import gettext as _

from app.city import get_city
from app.core import clock, language, words
from app.decisions.models import Decision, Meeting
from app.decisions.queries import NextMeeting


@dataclass(frozen=True)
class DecisionView:
    """A decision: its title in the reader's language, or in `language`, and where it was made.

    `facts` is one line: body, section, day and case number, as far as they are known.
    """

    id: int
    title: str
    language: str | None
    url: str | None
    facts: str
    is_ahead: bool


@dataclass(frozen=True)
class MeetingView:
    """A meeting: the body, when in words, where; `until` is the last day to influence it."""

    body: str
    when: str
    place: str
    until: date | None


def decision_view(decision: Decision) -> DecisionView:
    """A decision in the language in use."""
    title = language.pick(decision.titles)
    spoken = next((code for code, text in decision.titles.items() if text == title), None)
    day = decision.decided_on
    section = _("section %(number)s", number=decision.section) if decision.section else ""
    parts = (_body_name(decision), section, words.day_words(day) if day else "")
    return DecisionView(
        id=decision.id,
        title=title or _("Decision on case %(number)s", number=decision.case_number),
        language=spoken if spoken != language.current() else None,
        url=decision.url,
        facts=", ".join(p for p in (*parts, decision.case_number or "") if p),
        is_ahead=day is not None and day > clock.today(),
    )


def _body_name(decision: Decision) -> str:
    known = get_city().bodies.get(decision.body or "")
    return known.name if known else decision.body_name


def meeting_view(meeting: Meeting) -> MeetingView:
    """A meeting in the language in use."""
    when = words.day_words(meeting.day)
    if meeting.at is not None:
        hour = words.moment(meeting.at).partition(" ")[2]
        when = f"{when} {hour}"
    is_ahead = meeting.day > clock.today()
    return MeetingView(
        body=get_city().bodies[meeting.body].name,
        when=when,
        place=meeting.place,
        until=meeting.day - timedelta(days=1) if is_ahead else None,
    )


def next_view(found: NextMeeting) -> dict[str, object]:
    """The next meeting of a matter for its template."""
    return {"meeting": meeting_view(found.meeting), "is_tabled": found.is_tabled}
