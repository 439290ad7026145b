"""Writes on people: registration, confirmation, passwords, language and area, roles.

Nothing here tells whether an address has an account. A password is hashed on every path, so that
time does not tell either. Tokens are signed, dated, bound to a purpose and to the present state of
the account, which makes them work once.
"""

import secrets
from datetime import date

import structlog
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from email_validator import EmailNotValidError, validate_email
from flask import current_app, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from itsdangerous import BadSignature, URLSafeTimedSerializer

from app.accounts import policies, queries
from app.accounts.models import Person, RoleGrant
from app.city import get_city
from app.core import clock, errors, language, mail
from app.core.access import Actor, Role, require
from app.core.command import command
from app.core.errors import Gone, Invalid
from app.core.text import clean
from app.extensions import db, login
from app.journal import Kind, record

log = structlog.get_logger()
hasher = PasswordHasher()
NAME_LIMIT = 80
PASSWORD_LIMITS = (12, 200)
CONFIRM_SECONDS = 3 * 24 * 3600
RESET_SECONDS = 3600

errors.explain(
    {
        "bad_email": _l("Check the e-mail address. It should look like name@example.org."),
        "short_password": _l("Choose a password of at least 12 characters."),
        "long_password": _l("A password can have at most 200 characters."),
        "no_name": _l("Write the name that others will see. It need not be your own."),
        "bad_credentials": _l("The e-mail address or the password is not right."),
        "bad_token": _l("The link is not valid any more. Ask for a new one."),
        "unknown_area": _l("Choose an area from the list."),
        "unknown_language": _l("Choose a language from the list."),
        "not_administrator": _l("Only an administrator can do this."),
        "unit_or_body": _l("Choose a unit or a body, not both."),
        "bad_period": _l("The role must end after it starts."),
    }
)


@login.user_loader
def load_person(session_key: str) -> Person | None:
    """The person of a session, for Flask-Login."""
    return queries.find_by_session(session_key)


@command
def register(email: str, password: str, name: str, wanted_language: str) -> None:
    """Start an account and mail a link that confirms the address.

    When the address has an account already, its owner gets a message instead; the caller cannot
    tell the difference. Raises Invalid for a bad address, password, name or language.
    """
    email = _checked_email(email)
    digest = _checked_hash(password)
    name = _checked_name(name)
    if wanted_language not in language.LANGUAGES:
        raise Invalid("unknown_language")
    known = queries.find_by_email(email)
    if known is not None and known.confirmed_at is not None:
        _mail_already_known(known)
        return
    person = known or Person(email=email, created_at=clock.now())
    person.password_hash, person.name, person.language = digest, name, wanted_language
    person.session_key = secrets.token_hex(16)
    db.session.add(person)
    db.session.flush()
    _mail_confirmation(person)


@command
def confirm_email(token: str) -> Person:
    """Confirm the address a token was mailed to. Raises Gone "bad_token"."""
    person = check_token("confirm", token, CONFIRM_SECONDS)
    person.confirmed_at = clock.now()
    return person


@command
def check_password(email: str, password: str) -> Person:
    """The person who signs in. Raises Invalid "bad_credentials", always after the same work."""
    person = queries.find_by_email(email)
    known = person.password_hash if person and person.confirmed_at else _decoy()
    try:
        hasher.verify(known, password[: PASSWORD_LIMITS[1]])
    except (VerifyMismatchError, InvalidHashError):
        raise Invalid("bad_credentials") from None
    if person is None or person.confirmed_at is None:
        raise Invalid("bad_credentials")
    if hasher.check_needs_rehash(person.password_hash):
        person.password_hash = hasher.hash(password)
    return person


@command
def ask_reset(email: str) -> None:
    """Mail a link for a new password to the owner of a confirmed account; silent otherwise."""
    person = queries.find_by_email(email)
    if person is not None and person.confirmed_at is not None:
        _mail_reset(person)


@command
def reset_password(token: str, password: str) -> None:
    """Set a new password, which ends all sessions. Raises Gone "bad_token", Invalid."""
    person = check_token("reset", token, RESET_SECONDS)
    person.password_hash = _checked_hash(password)
    person.session_key = secrets.token_hex(16)


@command
def change_profile(actor: Actor, name: str, wanted_language: str, home_area: str | None) -> None:
    """Change the own shown name, language and home area. Raises Forbidden, Invalid."""
    require(actor.signed_in, "not_allowed")
    if wanted_language not in language.LANGUAGES:
        raise Invalid("unknown_language")
    if home_area is not None and home_area not in get_city().areas:
        raise Invalid("unknown_area")
    person = queries.get_person(actor.person_id or 0)
    person.name = _checked_name(name)
    person.language, person.home_area = wanted_language, home_area


@command
def create_person(email: str, password: str, name: str, wanted_language: str = "fi") -> Person:
    """A confirmed account made by an administrator at the command line. Raises Invalid."""
    person = Person(
        email=_checked_email(email),
        password_hash=_checked_hash(password),
        name=_checked_name(name),
        language=wanted_language,
        confirmed_at=clock.now(),
        created_at=clock.now(),
    )
    db.session.add(person)
    db.session.flush()
    return person


@command
def grant_role(
    actor: Actor,
    person: Person,
    role: Role,
    *,
    unit: str | None = None,
    body: str | None = None,
    starts: date | None = None,
    ends: date | None = None,
) -> RoleGrant:
    """Give a role for a unit or body and a time; journalled. Raises Forbidden, Invalid."""
    require(policies.can_grant(actor), "not_administrator")
    city = get_city()
    if (unit and body) or (unit and unit not in city.units) or (body and body not in city.bodies):
        raise Invalid("unit_or_body")
    first = starts or clock.today()
    if ends is not None and ends <= first:
        raise Invalid("bad_period")
    grant = RoleGrant(
        person_id=person.id,
        role=role,
        unit=unit,
        body=body,
        starts=first,
        ends=ends,
        granted_by=actor.person_id,
    )
    db.session.add(grant)
    db.session.flush()
    record(
        Kind.ROLE_GRANTED,
        grant,
        actor,
        role="" if actor.is_system else "administrator",
        role_granted=role,
        unit_key=unit,
        body=body,
        starts=first.isoformat(),
        ends=ends.isoformat() if ends else None,
    )
    return grant


@command
def end_role(actor: Actor, grant: RoleGrant) -> None:
    """End a role from today on; journalled. Ending twice changes nothing. Raises Forbidden."""
    require(policies.can_grant(actor), "not_administrator")
    today = clock.today()
    if grant.ends is not None and grant.ends <= today:
        return
    grant.ends = max(today, grant.starts)
    record(
        Kind.ROLE_ENDED,
        grant,
        actor,
        role="" if actor.is_system else "administrator",
        role_ended=grant.role,
        unit_key=grant.unit,
        body=grant.body,
    )


def make_token(purpose: str, person: Person) -> str:
    """A signed token for a link, good while the account stands as it does now."""
    return _serializer(purpose).dumps([person.id, _stamp(person)])


def check_token(purpose: str, token: str, seconds: int) -> Person:
    """The person a token was made for. Raises Gone "bad_token" for any reason at all."""
    try:
        person_id, stamp = _serializer(purpose).loads(token, max_age=seconds)
    except (BadSignature, ValueError, TypeError):
        raise Gone("bad_token") from None
    person = db.session.get(Person, person_id)
    if person is None or not secrets.compare_digest(_stamp(person), stamp):
        raise Gone("bad_token")
    return person


def _serializer(purpose: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt=f"kuuluu.{purpose}")


def _stamp(person: Person) -> str:
    confirmed = person.confirmed_at.isoformat() if person.confirmed_at else ""
    return person.session_key[:8] + person.password_hash[-8:] + confirmed


def _decoy() -> str:
    """A hash of nothing, so that an unknown address costs as much time as a known one."""
    decoy: str | None = current_app.extensions.get("kuuluu_decoy")
    if decoy is None:
        decoy = current_app.extensions["kuuluu_decoy"] = hasher.hash(secrets.token_hex(16))
    return decoy


def _checked_email(email: str) -> str:
    try:
        found = validate_email(email.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise Invalid("bad_email") from None
    return found.normalized.lower()


def _checked_hash(password: str) -> str:
    shortest, longest = PASSWORD_LIMITS
    if len(password) < shortest:
        raise Invalid("short_password")
    if len(password) > longest:
        raise Invalid("long_password")
    return hasher.hash(password)


def _checked_name(name: str) -> str:
    name = " ".join(clean(name, NAME_LIMIT, required=False).split())
    if not name:
        raise Invalid("no_name")
    return name


def _link(endpoint: str, person: Person, token: str | None = None) -> str:
    path = url_for(endpoint, lang=person.language, token=token)
    return f"{current_app.config['PUBLIC_URL']}{path}"


def _mail_confirmation(person: Person) -> None:
    with language.speaking(person.language):
        link = _link("accounts.confirm", person, token=make_token("confirm", person))
        text = gettext(
            "Welcome!\n\nOpen this address and press the button there to confirm your e-mail "
            "address. It works for three days.\n\n%(link)s\n\nIf you did not register, you need "
            "not do anything.",
            link=link,
        )
        mail.post(person.email, gettext("Confirm your e-mail address"), text)


def _mail_already_known(person: Person) -> None:
    with language.speaking(person.language):
        link = _link("accounts.ask_reset", person)
        text = gettext(
            "Somebody, perhaps you, tried to register with this address. You have an account "
            "already. If you have forgotten your password, choose a new one here:\n\n%(link)s",
            link=link,
        )
        mail.post(person.email, gettext("You have an account already"), text)


def _mail_reset(person: Person) -> None:
    with language.speaking(person.language):
        link = _link("accounts.reset", person, token=make_token("reset", person))
        text = gettext(
            "Choose a new password at this address. It works for one hour.\n\n%(link)s\n\nIf you "
            "did not ask for it, you need not do anything: your password is as it was.",
            link=link,
        )
        mail.post(person.email, gettext("Choose a new password"), text)
