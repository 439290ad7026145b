"""Writes on people: registration, confirmation, passwords, language and area, roles.

Nothing here tells whether an address has an account: whoever asks causes the same work and the
same number of messages. Tokens are signed, dated, bound to a purpose and to the present state of
the account, which makes them work once. Passwords arrive hashed (see `passwords.py`).
"""

import secrets
from datetime import date

from flask import current_app, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from itsdangerous import BadSignature, TimestampSigner, URLSafeTimedSerializer
from sqlalchemy.exc import IntegrityError

from app.accounts import addresses, passwords, policies, queries
from app.accounts.models import Person, RoleGrant
from app.city import get_city
from app.core import clock, errors, language, mail
from app.core.access import Actor, Role, require
from app.core.command import command
from app.core.errors import Gone, Invalid
from app.core.text import clean
from app.extensions import db, login
from app.journal import Kind, record

hasher = passwords.hasher
NAME_LIMIT = 80
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)
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
        "known_email": _l("This address has an account already."),
        "unconfirmed_person": _l(
            "The person has not confirmed the e-mail address yet. Give the role after that."
        ),
        "own_administration": _l(
            "You cannot end your own role of administrator. Ask another administrator to do it."
        ),
        "unit_or_body": _l(
            "A councillor's role is for a body; every other role is for a unit or the whole city."
        ),
        "bad_period": _l("The last day of the role must not be before its first day."),
        "already_granted": _l(
            "The person has this role in the same place at that time. End the old one first."
        ),
    }
)


@login.user_loader
def load_person(session_key: str) -> Person | None:
    """The person of a session, for Flask-Login."""
    return queries.find_by_session(session_key)


@command
def register(email: str, digest: str, name: str, wanted_language: str) -> None:
    """Start an account with a hashed password and mail a link that confirms the address.

    When the address has an account already, its owner gets a message instead; the caller cannot
    tell the difference. Raises Invalid for a bad address, name or language.
    """
    email, name = addresses.normal(email), _checked_name(name)
    _check_language(wanted_language)
    known = queries.find_by_email(email)
    if known is not None and known.confirmed_at is not None:
        _mail_already_known(known)
        return
    person = known or Person(email=email, created_at=clock.now())
    person.password_hash, person.name, person.language = digest, name, wanted_language
    person.session_key = secrets.token_hex(16)
    if _stored(person):
        _mail_confirmation(person)


@command
def confirm_email(token: str) -> Person:
    """Confirm the address a token was mailed to. Raises Gone "bad_token"."""
    person = check_token("confirm", token, CONFIRM_SECONDS, lock=True)
    person.confirmed_at = clock.now()
    return person


@command
def renew_hash(person: Person, digest: str) -> None:
    """Replace a hash that was made with weaker parameters than today's; sessions go on."""
    person.password_hash = digest


@command
def ask_reset(email: str, wanted_language: str) -> None:
    """Mail a link for a new password; to an unknown address, mail that it has no account.

    Either way one message goes out, so the caller cannot tell the difference. Raises Invalid.
    """
    email = addresses.normal(email)
    _check_language(wanted_language)
    person = queries.find_by_email(email)
    if person is None:
        _mail_unknown(email, wanted_language)
    else:
        _mail_reset(person)


@command
def reset_password(token: str, digest: str) -> None:
    """Set a new hashed password, which ends all sessions. Raises Gone "bad_token".

    The link came by mail, so it confirms the address as well.
    """
    person = check_token("reset", token, RESET_SECONDS, lock=True)
    person.password_hash = digest
    person.session_key = secrets.token_hex(16)
    person.confirmed_at = person.confirmed_at or clock.now()


@command
def change_profile(actor: Actor, name: str, wanted_language: str, home_area: str | None) -> None:
    """Change the own shown name, language and home area. Raises Forbidden, Invalid."""
    require(actor.signed_in, "not_allowed")
    _check_language(wanted_language)
    if home_area is not None and home_area not in get_city().areas:
        raise Invalid("unknown_area")
    person = queries.get_person(actor.person_id or 0)
    person.name = _checked_name(name)
    person.language, person.home_area = wanted_language, home_area


@command
def create_person(email: str, password: str, name: str, wanted_language: str = "fi") -> Person:
    """A confirmed account made by an administrator at the command line.

    Raises Invalid, also when the address has an account already.
    """
    email = addresses.normal(email)
    _check_language(wanted_language)
    if queries.find_by_email(email) is not None:
        raise Invalid("known_email")
    person = Person(
        email=email,
        password_hash=passwords.digest(password),
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
    """Give a role for a unit or body and a time; journalled.

    `starts` is the first day with the role (today if not given), `ends` the first day without it.
    Raises Forbidden; Invalid for an unconfirmed account, a wrong place or period, or a grant that
    would overlap one of the same role in the same place.
    """
    require(policies.can_grant(actor), "not_administrator")
    if person.confirmed_at is None:
        raise Invalid("unconfirmed_person")
    _check_place(role, unit, body)
    starts = starts or clock.today()
    if starts < EARLIEST or starts >= (ends or LATEST) or (ends or LATEST) > LATEST:
        raise Invalid("bad_period")
    grant = RoleGrant(role=role, unit=unit, body=body, starts=starts, ends=ends)
    if any(known.overlaps(grant) for known in person.grants):
        raise Invalid("already_granted")
    grant.granted_by = actor.person_id
    person.grants.append(grant)
    db.session.flush()
    record(
        Kind.ROLE_GRANTED,
        grant,
        actor,
        role="" if actor.is_system else "administrator",
        role_granted=role,
        unit_key=unit,
        body=body,
        starts=starts.isoformat(),
        ends=ends.isoformat() if ends else None,
    )
    return grant


@command
def end_role(actor: Actor, grant: RoleGrant) -> None:
    """End a role from today on; journalled. Ending twice changes nothing. Raises Forbidden."""
    require(policies.can_grant(actor), "not_administrator")
    require(policies.can_end(actor, grant), "own_administration")
    today = clock.today()
    if grant.has_ended_on(today):
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


def check_token(purpose: str, token: str, seconds: int, *, lock: bool = False) -> Person:
    """The person a token was made for. Raises Gone "bad_token" for any reason at all.

    `lock` holds the row until the command ends, so that a token used twice at once works once.
    """
    try:
        person_id, stamp = _serializer(purpose).loads(token, max_age=seconds)
    except (BadSignature, ValueError, TypeError):
        raise Gone("bad_token") from None
    person = db.session.get(Person, person_id, with_for_update=lock)
    if person is None or not secrets.compare_digest(_stamp(person), stamp):
        raise Gone("bad_token")
    return person


class _HouseSigner(TimestampSigner):
    """Dates tokens by the house clock."""

    def get_timestamp(self) -> int:
        """Whole seconds since the epoch."""
        return int(clock.now().timestamp())


def _serializer(purpose: str) -> URLSafeTimedSerializer:
    key, salt = current_app.config["SECRET_KEY"], f"kuuluu.{purpose}"
    return URLSafeTimedSerializer(key, salt=salt, signer=_HouseSigner)


def _stamp(person: Person) -> str:
    confirmed = person.confirmed_at.isoformat() if person.confirmed_at else ""
    return person.session_key[:8] + person.password_hash[-8:] + confirmed


def _stored(person: Person) -> bool:
    """Whether the person is in the table; False when the address was taken a moment ago.

    Somebody who presses the button twice registers twice at once, and one of them mails the link.
    """
    try:
        with db.session.begin_nested():
            db.session.add(person)
    except IntegrityError:
        return False
    return True


def _check_language(wanted: str) -> None:
    if wanted not in language.LANGUAGES:
        raise Invalid("unknown_language")


def _check_place(role: Role, unit: str | None, body: str | None) -> None:
    """A councillor's role is for a body, every other one for a unit, or for the whole city."""
    city = get_city()
    if unit is not None and (role == Role.COUNCILLOR or unit not in city.units):
        raise Invalid("unit_or_body")
    if body is not None and (role != Role.COUNCILLOR or body not in city.bodies):
        raise Invalid("unit_or_body")


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


def _mail_unknown(email: str, wanted_language: str) -> None:
    with language.speaking(wanted_language):
        path = url_for("accounts.register", lang=wanted_language)
        text = gettext(
            "Somebody, perhaps you, asked for a new password with this address. It has no account. "
            "Perhaps you registered with another address. You can register here:\n\n%(link)s",
            link=f"{current_app.config['PUBLIC_URL']}{path}",
        )
        mail.post(email, gettext("This address has no account"), text)
