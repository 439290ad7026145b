"""Which reader reads a file. Pure."""

import enum

from app.core.errors import Invalid
from app.decisions.ahjo import is_ahjo, read_ahjo
from app.decisions.espoo import is_espoo, read_espoo
from app.decisions.reading import Hints, Reading, decode, parse_json
from app.decisions.rss import read_rss


class Format(enum.StrEnum):
    """The shape of a file; `auto` finds out by its first sign and its fields."""

    AUTO = "auto"
    RSS = "rss"
    AHJO = "ahjo"
    ESPOO = "espoo"


def read_file(data: bytes, form: Format, hints: Hints) -> Reading:
    """Everything in a file.

    Raises Invalid with the code of what is wrong with it as a whole: "file_too_large",
    "file_encoding", "not_rss", "has_doctype", "not_json", "unknown_shape", "file_too_deep",
    "too_many_items".
    """
    text = decode(data)
    if form == Format.RSS or (form == Format.AUTO and text.lstrip().startswith("<")):
        return read_rss(data, hints)
    value = parse_json(text)
    if form == Format.AHJO or (form == Format.AUTO and is_ahjo(value)):
        return read_ahjo(value, hints)
    if form == Format.ESPOO or is_espoo(value):
        return read_espoo(value, hints)
    raise Invalid("unknown_shape")
