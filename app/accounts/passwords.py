"""Passwords: hashing and checking. Slow on purpose, so never inside a transaction.

A command holds the one write transaction of SQLite; a hash in there would make everybody wait.
"""

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from flask import current_app

from app.accounts import queries
from app.accounts.models import Person
from app.core.errors import Invalid

hasher = PasswordHasher()
LIMITS = (12, 200)


def digest(password: str) -> str:
    """The hash of a new password. Raises Invalid "short_password", "long_password"."""
    shortest, longest = LIMITS
    if len(password) < shortest:
        raise Invalid("short_password")
    if len(password) > longest:
        raise Invalid("long_password")
    return hasher.hash(password)


def check(email: str, password: str) -> Person:
    """The person who signs in. Raises Invalid "bad_credentials", always after the same work."""
    person = queries.find_by_email(email)
    known = person is not None and person.confirmed_at is not None
    try:
        hasher.verify(person.password_hash if person and known else _decoy(), password[: LIMITS[1]])
    except (VerifyMismatchError, InvalidHashError):
        raise Invalid("bad_credentials") from None
    if person is None or not known:
        raise Invalid("bad_credentials")
    return person


def is_outdated(person: Person) -> bool:
    """Whether the stored hash was made with weaker parameters than today's."""
    return hasher.check_needs_rehash(person.password_hash)


def _decoy() -> str:
    """A hash of nothing, so that an unknown address costs as much time as a known one."""
    decoy: str | None = current_app.extensions.get("kuuluu_decoy")
    if decoy is None:
        decoy = current_app.extensions["kuuluu_decoy"] = hasher.hash(secrets.token_hex(16))
    return decoy
