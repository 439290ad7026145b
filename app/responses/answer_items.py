"""The words of the composer: what each part of an answer is called, and what is wrong with it."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.responses.completeness import LIMITS, TEXT_LIMIT, Check
from app.responses.presenting import IN_LANGUAGE

ITEMS = {
    "sentence": _l("Answer in one sentence"),
    "reasons": _l("Reasons"),
    "outcome": _l("What follows from the answer"),
    "work": _l("How it is done"),
    "would_change": _l("What would change the answer"),
    "next_step": _l("What happens next"),
    "ends": _l("What ends when the new project starts"),
    "cost": _l("Cost in euros"),
    "budget_line": _l("Where the money comes from"),
    "promise_what": _l("Promise %(number)s"),
    "promise_due": _l("Date of promise %(number)s"),
}

PROBLEMS = {
    "empty": _l("Missing: %(item)s."),
    "too_long": _l("%(item)s: shorten this to %(limit)s characters."),
    "not_chosen": _l("%(item)s: choose one."),
    "not_an_amount": _l("%(item)s: write an amount such as 1200 or 1200,50."),
    "not_in_future": _l("%(item)s: choose a day that is still to come."),
}


def item_text(check: Check) -> str:
    """What a check is about: "Reasons in Swedish"."""
    text = str(ITEMS[check.field])
    if check.promise is not None:
        text = text % {"number": check.promise}
    return f"{text} {IN_LANGUAGE[check.language]}" if check.language else text


def problem_text(check: Check) -> str:
    """What is wrong, as a sentence that says how to mend it; empty when nothing is."""
    if check.problem is None:
        return ""
    limit = LIMITS.get(check.field, TEXT_LIMIT)
    return str(PROBLEMS[check.problem]) % {"item": item_text(check), "limit": limit}


def todo_items(found: list[tuple[Check, str]]) -> list[dict[str, Any]]:
    """Checks with the ids of their fields, as the list of what is missing shows them."""
    return [
        {"text": item_text(check), "done": check.problem is None, "url": f"#{field_id}"}
        for check, field_id in found
    ]


def missing_title(count: int) -> str:
    """The heading of that list."""
    if not count:
        return _("Nothing is missing")
    return _("What is missing: %(count)s", count=count)
