"""E-mail addresses in the one spelling in which they are stored."""

from email_validator import EmailNotValidError, validate_email

from app.core.errors import Invalid


def normal(email: str) -> str:
    """The address in lower case, its domain in letters. Raises Invalid "bad_email"."""
    try:
        found = validate_email(email.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise Invalid("bad_email") from None
    return found.normalized.lower()
