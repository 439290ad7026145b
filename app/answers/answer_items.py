"""The words of the composer: what each part of an answer is called, and what is wrong with it."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.answers.completeness import LIMITS, TEXT_LIMIT, Check

IN_LANGUAGE = {"fi": _l("in Finnish"), "sv": _l("in Swedish"), "en": _l("in English")}

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
    "unit": _l("Who carries it out"),
    "decision_url": _l("Link to the decision"),
    "decision_case_number": _l("Case number of the decision"),
    "indicator": _l("What is measured"),
    "measure_unit": _l("Unit of measurement"),
    "baseline": _l("Figure now"),
    "target": _l("Figure aimed at"),
    "method": _l("How it is measured"),
    "unmeasured": _l("Why the effect cannot be measured"),
    "promise_what": _l("Promise %(number)s"),
    "promise_due": _l("Date of promise %(number)s"),
    "promise_unit": _l("Unit of promise %(number)s"),
}

PROBLEMS = {
    "empty": _l("Missing: %(item)s."),
    "too_long": _l("%(item)s: shorten this to %(limit)s characters."),
    "not_chosen": _l("%(item)s: choose one."),
    "not_an_amount": _l("%(item)s: write an amount such as 1200 or 1200,50."),
    "not_in_future": _l("%(item)s: choose a day that is still to come."),
    "not_a_number": _l("%(item)s: write a number such as 42 or 3,5."),
    "not_both": _l(
        "%(item)s: either say how the effect is measured, or why it cannot be. Leave one empty."
    ),
    "not_open": _l("%(item)s: choose a unit of the city."),
    "not_https": _l("%(item)s: write a full address that begins with https://."),
    "other_matters_decision": _l(
        "%(item)s: this number is another matter's. Write the number of this matter's decision."
    ),
}


UNPUBLISHED = {
    "wrong_state": _l(
        "The answer was not published at the set time, because the matter was not in preparation."
    ),
    "not_your_unit": _l(
        "The answer was not published at the set time, because the official who set it may not "
        "answer the matter any more."
    ),
    "answer_incomplete": _l(
        "The answer was not published at the set time, because something was missing or a promised "
        "day had passed."
    ),
    "needs_second_eyes": _l(
        "The answer was not published at the set time, because nobody had approved the draft."
    ),
}
UNPUBLISHED_OTHERWISE = _l("The answer was not published at the set time. Publish it yourself.")


def schedule_problem(code: str | None) -> str | None:
    """Why an answer was not published at its time; None when there is no such problem."""
    return str(UNPUBLISHED.get(code, UNPUBLISHED_OTHERWISE)) if code else None


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
