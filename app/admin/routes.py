"""Pages of administrators: roles, and the outbox."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import policies, services
from app.accounts import queries as accounts
from app.admin import queries
from app.admin import services as admin
from app.admin.forms import RoleForm
from app.core import access, clock, limits
from app.core.access import Role
from app.core.errors import Invalid, sentence
from app.extensions import limiter
from app.notifications.queries import list_troubles

bp = Blueprint("admin", __name__, template_folder="templates")


@bp.route("/admin/roles", methods=["GET", "POST"])
@access.staff(Role.ADMINISTRATOR)
@limiter.limit(limits.WRITING, key_func=limits.account, methods=["POST"])
def roles() -> ResponseReturnValue:
    """Who has which role, and the form that gives one."""
    form = RoleForm()
    if form.validate_on_submit() and _give(form):
        flash(_("The role is given."), "ok")
        return redirect(url_for(".roles"), 303)
    ended = request.args.get("show") == "ended"
    page = queries.page_grants(ended, request.args.get("page"))
    shown = render_template(
        "admin/roles.html",
        form=form,
        page=page,
        ended=ended,
        today=clock.today(),
        may_end=policies.can_end,
    )
    return shown, 422 if form.errors else 200


def _give(form: RoleForm) -> bool:
    """Give the role that the form asks for; False with the reason in the form."""
    person = accounts.find_by_email(form.email.data or "")
    if person is None:
        reason = _("Nobody has an account with this address. Ask the person to register first.")
        form.email.errors = [reason]
        return False
    role, where = Role(form.role.data), form.where
    try:
        services.grant_role(
            access.actor(), person, role, **where, starts=form.starts.data, ends=form.ends
        )
    except Invalid as error:
        form.form_errors.append(sentence(error))
        return False
    return True


@bp.post("/admin/roles/<int(max=2147483647):grant_id>/end")
@access.staff(Role.ADMINISTRATOR)
@limiter.limit(limits.WRITING, key_func=limits.account)
def end_role(grant_id: int) -> ResponseReturnValue:
    """End a role from today on."""
    services.end_role(access.actor(), accounts.get_grant(grant_id))
    flash(_("The role has ended."), "ok")
    return redirect(url_for(".roles"), 303)


@bp.get("/admin/mail")
@access.staff(Role.ADMINISTRATOR)
def mail() -> ResponseReturnValue:
    """What was sent to whom, what waits and what was given up; never the words."""
    return render_template(
        "admin/mail.html",
        page=queries.page_mail(request.args.get("page")),
        state=queries.get_mail_state(),
        troubles=list_troubles(),
    )


@bp.post("/admin/mail/<int(max=2147483647):mail_id>/retry")
@access.staff(Role.ADMINISTRATOR)
@limiter.limit(limits.WRITING, key_func=limits.account)
def retry(mail_id: int) -> ResponseReturnValue:
    """Send a message again that was given up."""
    admin.retry_mail(access.actor(), mail_id)
    flash(_("The message is sent again within a few minutes."), "ok")
    return redirect(url_for(".mail"), 303)


@bp.get("/admin/mail/<int(max=2147483647):mail_id>")
@access.staff(Role.ADMINISTRATOR)
def message(mail_id: int) -> ResponseReturnValue:
    """The words of a message, in a demonstration only."""
    return render_template("admin/message.html", mail=queries.get_message(mail_id))
