"""Who may do what: actors, roles, and the access that each route declares.

Every route says `@access.public`, `@access.signed_in` or `@access.staff(Role...)`; every command
asks its policy again with `require`. Routes get the actor with `access.actor()`.
"""

import enum
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar

from flask import g, redirect, request, url_for
from flask_login import current_user

from app.core.errors import Forbidden

View = TypeVar("View", bound=Callable[..., Any])


class Role(enum.StrEnum):
    """What a person can be trusted with, for a unit or body and for a time."""

    REGISTRY = "registry"
    OFFICIAL = "official"
    MODERATOR = "moderator"
    BUDGETING = "budgeting"
    CLERK = "clerk"
    COUNCILLOR = "councillor"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


@dataclass(frozen=True)
class Grant:
    """A role in force now, in one unit or body, or everywhere when both are None."""

    role: Role
    unit: str | None = None
    body: str | None = None

    @property
    def is_everywhere(self) -> bool:
        """Whether the role is bound to no unit and no body."""
        return self.unit is None and self.body is None


@dataclass(frozen=True)
class Actor:
    """Who acts: a person with grants in force, nobody (anonymous), or the system itself.

    `blocked_until` is set while moderation keeps the person from writing.
    """

    person_id: int | None = None
    name: str = ""
    language: str = "fi"
    home_area: str | None = None
    confirmed: bool = False
    grants: tuple[Grant, ...] = ()
    is_system: bool = False
    blocked_until: datetime | None = None

    @property
    def signed_in(self) -> bool:
        """Whether somebody is signed in."""
        return self.person_id is not None

    def has(self, role: Role, unit: str | None = None, body: str | None = None) -> bool:
        """Whether the role is held; for the given unit or body when one is given."""
        return any(
            grant.role == role
            and (unit is None or grant.unit == unit or grant.is_everywhere)
            and (body is None or grant.body == body or grant.is_everywhere)
            for grant in self.grants
        )

    def units(self, role: Role) -> frozenset[str]:
        """The units in which the role is held."""
        return frozenset(g.unit for g in self.grants if g.role == role and g.unit)

    def bodies(self, role: Role) -> frozenset[str]:
        """The bodies in which the role is held."""
        return frozenset(g.body for g in self.grants if g.role == role and g.body)


ANONYMOUS = Actor()
SYSTEM = Actor(is_system=True)


def require(allowed: bool, code: str, **facts: Any) -> None:
    """Refuse with a coded Forbidden unless the policy allowed it."""
    if not allowed:
        raise Forbidden(code, **facts)


def actor() -> Actor:
    """The actor of this request; the accounts feature's user object knows its own."""
    if "actor" not in g:
        g.actor = current_user.as_actor() if current_user.is_authenticated else ANONYMOUS
    return g.actor


def public(view: View) -> View:
    """Anybody may open this."""
    view.access = "public"  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Only people who have signed in; others are led to sign in and back."""
    return _guarded(view, "signed_in", lambda who: who.signed_in)


def staff(*roles: Role) -> Callable[[View], View]:
    """Only people who hold one of the roles; which unit is the command's question."""

    def decorate(view: View) -> View:
        name = "staff:" + ",".join(role.value for role in roles)
        return _guarded(view, name, lambda who: any(who.has(role) for role in roles))

    return decorate


def _guarded(view: View, name: str, allowed: Callable[[Actor], bool]) -> View:
    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        who = actor()
        if not who.signed_in:
            back = request.full_path.rstrip("?") if request.method == "GET" else None
            return redirect(url_for("accounts.sign_in", next=back), 303)
        require(allowed(who), "not_allowed")
        return view(*args, **kwargs)

    guarded.access = name  # type: ignore[attr-defined]
    return guarded  # type: ignore[return-value]
