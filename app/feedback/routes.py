"""Feedback without an account: the form, the sender's own page, the end of messages."""

from flask import (
    Blueprint,
    Response,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_limiter.util import get_remote_address

from app.city import get_city
from app.core import access, limits, markup, panels
from app.core.errors import Gone, Invalid, sentence
from app.extensions import csrf, limiter
from app.feedback import links, queries, services
from app.feedback.forms import FeedbackForm
from app.proposals import services as proposals
from app.proposals import words
from app.proposals.models import BODY_LIMIT

bp = Blueprint("feedback", __name__, template_folder="templates")

# A class of thirty behind one address can send within a lesson; one machine cannot fill the queue.
SENDING = "40/10minutes;120/day"
NETWORK = "200/hour"


def network() -> str:
    """The network of an address: its first three parts, or the first three groups of IPv6."""
    address = get_remote_address()
    separator = ":" if ":" in address else "."
    return "network:" + separator.join(address.split(separator)[:3])


@bp.route("/feedback", methods=["GET", "POST"])
@access.public
@limiter.limit(SENDING, methods=["POST"])
@limiter.limit(NETWORK, key_func=network, methods=["POST"])
def give() -> ResponseReturnValue:
    """Tell how a service works. The page is not cached, since its form has a token."""
    form = FeedbackForm(get_city())
    if form.is_submitted() and form.validate():
        try:
            sender = services.send_feedback(form.draft(), form.email.data or "", form.form_key)
        except Invalid as error:
            form.form_errors.append(sentence(error))
        else:
            flash(_("Thank you. The city has your feedback."), "ok")
            return redirect(url_for(".sent", token=links.make_token(sender)), 303)
    page = render_template("feedback/give.html", form=form, limit=BODY_LIMIT)
    return page, 422 if form.is_submitted() else 200


@bp.get("/feedback/<token>")
@access.public
def sent(token: str) -> ResponseReturnValue:
    """Where the feedback is now, for whoever has its link."""
    sender, matter = queries.get_sent(token)
    text = proposals.current_text(matter)
    page = render_template(
        "feedback/sent.html",
        matter=matter,
        sender=sender,
        token=token,
        text=text,
        body=markup.render(text.body),
        sentence=words.state_sentence(matter),
        slots=panels.fill("feedback", matter, access.actor()),
    )
    return _for_nobody_else(page)


@bp.post("/feedback/<token>/forget")
@access.public
@limiter.limit(limits.ADDRESS)
def forget(token: str) -> ResponseReturnValue:
    """Delete what is known of the sender."""
    services.forget_sender(token)
    flash(_("Your contact details are deleted, and the link does not work any more."), "ok")
    return redirect(url_for("pages.home"), 303)


def _named_sender() -> str:
    """Whom a request by mail counts against: the sender of a true link, else the address."""
    try:
        matter_id, _key = links.read_token((request.view_args or {})["token"])
    except Gone:
        return get_remote_address()
    return f"feedback:{matter_id}"


@bp.route("/feedback/<token>/stop", methods=["GET", "POST"])
@access.public
@limiter.limit(limits.ADDRESS, key_func=_named_sender, methods=["POST"])
@csrf.exempt
def stop(token: str) -> ResponseReturnValue:
    """End the messages: by the button of the page, or by one click in a mail program (RFC 8058).

    As in `follows`, the signed token stands for the sender, and can do nothing else.
    """
    if request.method == "POST":
        services.stop_messages(token)
    else:
        queries.get_sent(token)
    done = request.method == "POST"
    return _for_nobody_else(render_template("feedback/stop.html", done=done, token=token))


def _for_nobody_else(page: str) -> Response:
    """A page behind a link of somebody's own, which search engines leave alone."""
    response = make_response(page)
    response.headers["X-Robots-Tag"] = "noindex"
    return response
