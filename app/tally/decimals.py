"""Exact numbers from and to decimal text."""

import re
from fractions import Fraction

# Amounts have at most so many digits before the point, and as many after it. That is far more
# than any currency needs, and keeps every estimate in floating point within its range.
DIGITS = 30

_NUMBER = re.compile(r"[+-]?[0-9]{1,60}(\.[0-9]{0,60})?([eE][+-]?[0-9]{1,2})?", re.ASCII)
_MOST = 10**DIGITS


def parse_decimal(text: str) -> Fraction | None:
    """The number that the text says ("12", "12.50", "1.2e6"), exactly.

    None if it is none, or has more than `DIGITS` digits before or after the point.
    """
    stripped = text.strip()
    if not _NUMBER.fullmatch(stripped):
        return None
    number = Fraction(stripped)
    return number if abs(number) < _MOST and _MOST % number.denominator == 0 else None


def decimal_text(value: Fraction | int, places: int | None = None) -> str:
    """The number as decimal text without needless zeros, exact or rounded half to even.

    Raises ValueError if `places` is None and no finite decimal equals the number.
    """
    number = Fraction(value)
    if places is None:
        places = 0
        while number.denominator > 1 and (number * 10**places).denominator > 1:
            places += 1
            if places > number.denominator.bit_length():
                raise ValueError(f"{number} has no finite decimal form")
    scaled = round(number * 10**places)
    digits = str(abs(scaled)).rjust(places + 1, "0")
    sign = "-" if scaled < 0 else ""
    if places == 0:
        return sign + digits
    whole, part = digits[:-places], digits[-places:].rstrip("0")
    return f"{sign}{whole}.{part}" if part else sign + whole
