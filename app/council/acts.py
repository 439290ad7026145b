"""What an official can do with an open question, each with its form and its command."""

from flask_babel import lazy_gettext as _l

from app.council import services
from app.council.forms import AnswerForm, PauseForm
from app.council.models import CouncilQuestion
from app.duties.rules import Status
from app.responses.acts import Act
from app.responses.forms import HandlingForm, PlainForm, make

ACTS: dict[str, Act] = {
    "answer": Act(
        _l("Answer the councillor"),
        _l("Publish the answer"),
        _l("The answer to the councillor is public."),
        AnswerForm,
        lambda actor, question, form: services.answer_question(actor, question, form.texts("text")),
        hint=_l("Everybody can read the answer on the page of the matter."),
    ),
    "pause": Act(
        _l("Ask the councillor to make it clearer"),
        _l("Ask"),
        _l("The deadline for answering the councillor stands still, and everybody sees why."),
        PauseForm,
        lambda actor, question, form: services.pause_question(
            actor, question, form.texts("reason")
        ),
        hint=_l("The deadline of this question stands still until you go on. Everybody sees why."),
    ),
    "continue": Act(
        _l("Go on with the question"),
        _l("Go on with the question"),
        _l("The deadline for answering the councillor runs again."),
        PlainForm,
        lambda actor, question, form: services.continue_question(actor, question),
    ),
}


def open_keys(status: Status) -> tuple[str, ...]:
    """The acts that are open while the question's clock stands like this."""
    return ("answer", "continue" if status == Status.PAUSED else "pause")


def name_of(key: str, question: CouncilQuestion) -> str:
    """The name of an act among the acts of all questions on a page."""
    return f"question-{key}-{question.id}"


def make_form(key: str, question: CouncilQuestion) -> HandlingForm:
    """An act's form; its fields carry the act's name."""
    return make(ACTS[key].form, f"{name_of(key, question)}-")
