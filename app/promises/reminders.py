"""The reminder of a promise, mailed some days before its present day and once for each such day.

It goes to the official who sees to the promise, while that person still is one of the unit's; else
to all officials of the unit. How many days before is a setting of the municipality.
"""

from flask import current_app
from flask_babel import gettext as _

from app.accounts.models import Person
from app.city import get_city
from app.core import clock, language, mail, words
from app.core.addresses import absolute
from app.core.command import command
from app.extensions import db
from app.promises import queries
from app.promises.models import Promise, PromiseState
from app.proposals.models import Matter

BATCH = 200


def remind_owners() -> int:
    """Mail the reminders that are due; returns for how many promises. Once more adds nothing."""
    days, done = get_city().settings["clocks"]["promise_reminder_days"], 0
    while due := queries.list_to_remind(days, BATCH):
        db.session.rollback()
        done += sum(remind(promise_id) for promise_id in due)
    db.session.rollback()
    return done


@command
def remind(promise_id: int) -> int:
    """Mail the reminder of one promise; 0 when it has been settled, moved or mailed meanwhile."""
    promise = db.session.get_one(Promise, promise_id, with_for_update=True)
    is_ahead = promise.state == PromiseState.OPEN and promise.due >= clock.today()
    if not is_ahead or promise.reminded_due == promise.due:
        return 0
    matter = db.session.get_one(Matter, promise.matter_id)
    for person in _keepers(promise, matter):
        with language.speaking(person.language):
            mail.post(person.email, *_written(promise, matter))
    promise.reminded_due = promise.due
    return 1


def _keepers(promise: Promise, matter: Matter) -> list[Person]:
    staff = [p for p in queries.list_keepers(promise.unit, matter) if p.confirmed_at]
    return [person for person in staff if person.id == promise.keeper_id] or staff


def _written(promise: Promise, matter: Matter) -> tuple[str, str]:
    """Subject and body in the language in use."""
    what, day = language.pick(promise.what), words.day_words(promise.due)
    body = current_app.jinja_env.get_template("email/promise_reminder.txt").render(
        what=what,
        day=day,
        distance=words.distance(promise.due),
        first=words.day_words(promise.first_due) if promise.due != promise.first_due else None,
        title=matter.title,
        url=absolute("responses.handle", matter_id=matter.id) + "#promises",
        reason=_("You get this message because your unit made the promise."),
        unsubscribe_url=None,
        site_url=absolute("pages.home"),
        city=get_city(),
    )
    return _("Promised by %(day)s: %(what)s", day=day, what=what), body.strip() + "\n"
