"""Templates of answers, shared by the officials of a unit. Each function that writes is one
command.

A template has the texts of the composer, each in any of the languages, and may leave any out: what
is missing is said in the composer.
"""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core import clock, errors
from app.core.access import Actor, require
from app.core.command import command
from app.core.errors import Invalid
from app.core.language import LANGUAGES
from app.core.text import clean
from app.extensions import db
from app.responses import policies
from app.responses.models import TEMPLATE_NAME_LIMIT, AnswerTemplate
from app.responses.receiving import require_receiver

TEXT_LIMIT = 8000
TEXTS = {
    "sentence": _l("Answer in one sentence"),
    "reasons": _l("Reasons"),
    "would_change": _l("What would change the answer"),
    "next_step": _l("What happens next"),
    "ends": _l("What ends when the new project starts"),
    "budget_line": _l("Where the money comes from"),
}
FIELDS = tuple(f"{part}_{code}" for part in TEXTS for code in LANGUAGES)

errors.explain(
    {
        "not_own_unit": _l("Only officials of the unit use its templates."),
        "template_name_taken": _l("The unit has a template with this name already."),
        "template_empty": _l("Write at least one text into the template."),
        "template_changed": _l(
            "A colleague saved this template after you opened it. Your own text is below. "
            "Save again if it should replace theirs."
        ),
    }
)


@command
def make_template(actor: Actor, unit: str, name: str, fields: Mapping[str, str]) -> AnswerTemplate:
    """Make a template of a unit; `fields` by the names of the composer's fields.

    Raises Forbidden "not_own_unit", Invalid (unit, name, "template_empty").
    """
    require(policies.can_use_templates(actor, unit), "not_own_unit")
    require_receiver(unit)
    template = AnswerTemplate(unit=unit, version=0)
    _fill(actor, template, name, fields)
    db.session.add(template)
    db.session.flush()
    return template


@command
def change_template(
    actor: Actor, template: AnswerTemplate, name: str, fields: Mapping[str, str], seen: int
) -> None:
    """Save a template anew; `seen` is the version that the writer saw.

    Raises Forbidden "not_own_unit", Invalid (name, "template_empty", "template_changed").
    """
    require(policies.can_use_templates(actor, template.unit), "not_own_unit")
    if template.version != seen:
        raise Invalid("template_changed")
    _fill(actor, template, name, fields)


@command
def delete_template(actor: Actor, template: AnswerTemplate) -> None:
    """Delete a template. Raises Forbidden "not_own_unit"."""
    require(policies.can_use_templates(actor, template.unit), "not_own_unit")
    db.session.delete(template)


def _fill(actor: Actor, template: AnswerTemplate, name: str, fields: Mapping[str, str]) -> None:
    name = clean(name, TEMPLATE_NAME_LIMIT)
    texts = {key: clean(fields.get(key, ""), TEXT_LIMIT, required=False) for key in FIELDS}
    if not any(texts.values()):
        raise Invalid("template_empty")
    same_name = select(AnswerTemplate.id).where(
        AnswerTemplate.unit == template.unit, AnswerTemplate.name == name
    )
    if db.session.scalars(same_name).first() not in (None, template.id):
        raise Invalid("template_name_taken")
    template.name, template.fields = name, {key: text for key, text in texts.items() if text}
    template.version += 1
    template.updated_by, template.updated_at = actor.person_id or 0, clock.now()
