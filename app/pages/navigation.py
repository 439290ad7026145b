"""What stands around every page: menus by role, the newest seal, the demonstration line."""

from typing import Any

from flask import current_app, request, url_for
from flask_babel import gettext as _

from app.city import get_city
from app.core import access, topics
from app.core.access import Role
from app.journal import queries as journal

# Features whose pages belong to the handling of a matter.
HANDLING = {"promises": "responses", "answers": "responses"}


def _item(label: str, endpoint: str, **values: Any) -> dict[str, Any]:
    blueprint = endpoint.partition(".")[0]
    # The pages of this feature have nothing in common; those of the others belong together.
    shown = HANDLING.get(request.blueprint or "", request.blueprint)
    here = request.endpoint == endpoint or (shown == blueprint != "pages")
    if request.endpoint == "transparency.journey":
        here = blueprint == "proposals"
    if request.endpoint == "promises.ledger":
        here = blueprint == "transparency"
    return {"label": label, "url": url_for(endpoint, **values), "current": here}


def main_nav() -> list[dict[str, Any]]:
    """The main menu."""
    return [
        _item(_("Proposals"), "proposals.list_matters"),
        _item(_("Vote on the budget"), "budgeting.list_rounds"),
        _item(_("How the city answers"), "transparency.overview"),
        _item(_("About Kuuluu"), "pages.about"),
    ]


def staff_nav() -> list[dict[str, Any]]:
    """Pages of the roles that the person has."""
    actor = access.actor()
    pages = (
        (Role.REGISTRY, _("Registry: new matters"), "registry.inbox"),
        (Role.OFFICIAL, _("My unit's queue"), "responses.queue"),
        (Role.MODERATOR, _("Moderation"), "moderation.queue"),
        (Role.COUNCILLOR, _("Councillor's desk"), "council.desk"),
        (Role.ADMINISTRATOR, _("People and roles"), "admin.roles"),
    )
    return [_item(label, endpoint) for role, label, endpoint in pages if actor.has(role)]


def footer_nav() -> list[dict[str, Any]]:
    """The three columns of the footer."""

    def group(title: str, *links: tuple[str, str]) -> dict[str, Any]:
        found = [{"label": label, "url": url_for(endpoint)} for label, endpoint in links]
        return {"title": title, "links": found}

    return [
        group(
            _("Take part"),
            (_("Make a proposal"), "proposals.new"),
            (_("Vote on the budget"), "budgeting.list_rounds"),
            (_("Register"), "accounts.register"),
        ),
        group(
            _("Follow"),
            (_("How the city answers"), "transparency.overview"),
            (_("What the city has promised"), "promises.ledger"),
            (_("Next meetings"), "decisions.meetings"),
            (_("Public log"), "transparency.log"),
        ),
        group(
            _("The service"),
            (_("Accessibility statement"), "pages.accessibility"),
            (_("How your data is used"), "pages.privacy"),
            (_("Rules of discussion"), "pages.rules"),
            (_("Moderation in figures"), "moderation.figures"),
            (_("About Kuuluu"), "pages.about"),
        ),
    ]


def latest_seal() -> Any:
    """The newest seal, kept in memory while the topic "seal" stands still."""
    version = topics.version("seal")
    known = current_app.extensions.get("kuuluu_seal")
    if known is None or known[0] != version:
        seal = journal.get_latest_seal()
        facts = {"day": seal.day, "count": seal.count, "hash": seal.hash} if seal else None
        known = (version, facts)
        current_app.extensions["kuuluu_seal"] = known
    return known[1]


def names() -> dict[str, Any]:
    """Names that the frame of every page uses."""
    city = get_city()
    return {
        "city": city,
        "main_nav": main_nav,
        "staff_nav": staff_nav,
        "footer_nav": footer_nav,
        "latest_seal": latest_seal(),
        "demo_site": city.is_demo,
    }
