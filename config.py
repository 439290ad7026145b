"""Settings, read from the environment once at start.

`SETTINGS` is the one list of what can be set; the README names each of them and a test holds it.
Secrets come from the environment or from files that only the service's user can read.
"""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Setting:
    """One environment variable: its name, default and purpose."""

    name: str
    default: str
    purpose: str


SETTINGS = (
    Setting("KUULUU_DATABASE_URL", "", "Database address; SQLite in the instance folder if empty."),
    Setting("KUULUU_INSTANCE", "instance", "Folder of database, keys, files and mail."),
    Setting("KUULUU_SECRET_KEY", "", "Signs sessions; a file in the instance folder if empty."),
    Setting("KUULUU_PUBLIC_URL", "", "Address people use, for links in e-mail."),
    Setting("KUULUU_MAIL_FROM", "kuuluu@localhost", "Sender of e-mail."),
    Setting(
        "KUULUU_SMTP_URL",
        "",
        "smtps://user:password@host (TLS, port 465) or smtp://user:password@host:port (STARTTLS); "
        "a folder of messages if empty.",
    ),
    Setting("KUULUU_REDIS_URL", "", "Rate limit counters in Redis; in the database if empty."),
    Setting("KUULUU_PROXIES", "0", "How many trusted proxies stand before the service."),
    Setting(
        "KUULUU_HTTPS", "0", "1 when people reach the service over HTTPS: secure cookies, HSTS."
    ),
    Setting("KUULUU_PAGE_CACHE_MB", "64", "Memory for finished public pages per worker; 0 is off."),
    Setting(
        "KUULUU_MUNICIPALITY", "", "File that seeds the municipality; the bundled one if empty."
    ),
    Setting("KUULUU_TRANSLATOR", "", "Class that translates drafts of answers; none if empty."),
)


def _secret_key(instance: Path) -> str:
    """The signing key from its file of mode 0600, made at the first start."""
    path = instance / "secret_key"
    instance.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32))
    return path.read_text(encoding="ascii").strip()


def _database_url(value: str, instance: Path) -> str:
    if not value:
        return f"sqlite:///{instance / 'kuuluu.db'}"
    # psycopg 3 is the driver; the plain scheme would ask for psycopg2
    return value.replace("postgresql://", "postgresql+psycopg://", 1)


def from_environment(root: Path) -> dict[str, Any]:
    """Flask configuration from the environment; `root` is the folder relative paths start from."""
    value = {s.name: os.environ.get(s.name, s.default) for s in SETTINGS}
    instance = (root / value["KUULUU_INSTANCE"]).resolve()
    https = value["KUULUU_HTTPS"] == "1"
    return {
        "INSTANCE": instance,
        "SECRET_KEY": value["KUULUU_SECRET_KEY"] or _secret_key(instance),
        "SQLALCHEMY_DATABASE_URI": _database_url(value["KUULUU_DATABASE_URL"], instance),
        "PUBLIC_URL": value["KUULUU_PUBLIC_URL"].rstrip("/"),
        "MAIL_FROM": value["KUULUU_MAIL_FROM"],
        "SMTP_URL": value["KUULUU_SMTP_URL"],
        "REDIS_URL": value["KUULUU_REDIS_URL"],
        "PROXIES": int(value["KUULUU_PROXIES"]),
        "HTTPS": https,
        "PAGE_CACHE_BYTES": int(value["KUULUU_PAGE_CACHE_MB"]) * 1024 * 1024,
        "MUNICIPALITY": value["KUULUU_MUNICIPALITY"],
        "TRANSLATOR": value["KUULUU_TRANSLATOR"],
        "SESSION_COOKIE_NAME": "kuuluu",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": https,
        "PERMANENT_SESSION_LIFETIME": 60 * 60 * 12,
        "MAX_CONTENT_LENGTH": 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 1024 * 1024,
        "MAX_FORM_PARTS": 500,
        "WTF_CSRF_TIME_LIMIT": 60 * 60 * 12,
        "RATELIMIT_ENABLED": True,
    }
