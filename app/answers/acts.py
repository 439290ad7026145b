"""Closing a matter that its answer leaves nothing to do for."""

from flask_babel import lazy_gettext as _l

from app.answers import services
from app.proposals.lifecycle import State
from app.responses.acts import Act
from app.responses.forms import ReasonForm

CLOSE = Act(
    _l("Close the matter"),
    _l("Close"),
    _l("The matter is closed."),
    ReasonForm,
    lambda actor, matter, form: services.close_matter(actor, matter, form.texts("reason")),
    lambda matter: matter.state == State.ANSWERED,
    hint=_l("A matter can be closed when its answer leaves nothing to do."),
)
