"""Cleaning of what people write, before any rule looks at it."""

import unicodedata

from app.core.errors import Invalid


def clean(text: str, limit: int, *, required: bool = True) -> str:
    """Trimmed, normalised (NFC) text with unix line ends.

    Raises Invalid "null_byte", "too_long" (more than `limit` characters) or, when it is
    required, "empty".
    """
    if "\x00" in text:
        raise Invalid("null_byte")
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(text) > limit:
        raise Invalid("too_long", limit=limit)
    if required and not text:
        raise Invalid("empty")
    return text
