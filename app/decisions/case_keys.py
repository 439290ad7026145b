"""Case numbers as they are published, made comparable. Pure.

The same case is written "123/10.03.01/2026", "0123 / 10 03 01 / 2026" or, where the function is
told apart, "123/2026"; Helsinki writes "HEL 2025-001216". A key has the parts that make them
equal: prefix, number without leading zeros, function, year.
"""

import re
import unicodedata
from dataclasses import dataclass

NUMBER_LIMIT = 60

_YEAR = r"(?:19|20)\d{2}"
_FUNCTION = r"\d{2}(?:[. ]\d{2}){0,4}"
_SLASHED = re.compile(
    rf"(?:(?P<prefix>[A-ZÅÄÖ]{{1,10}})[/ -])?0*(?P<n>[1-9]\d{{0,6}})"
    rf"(?:/(?P<function>{_FUNCTION}))?/(?P<year>{_YEAR})"
)
_DASHED = re.compile(rf"(?P<prefix>[A-ZÅÄÖ]{{2,10}})[ -]?(?P<year>{_YEAR})-0*(?P<n>[1-9]\d{{0,6}})")
_LABEL = r"(?:Diaarinumero|Dnro|Dnr|Dno)\.?:?\s{0,3}"
# In running text only what cannot be taken for a statute ("410/2015") counts as a case number.
_IN_TEXT = (
    re.compile(rf"{_LABEL}((?:[A-ZÅÄÖ]{{1,10}}[/ ])?\d{{1,7}}(?:/{_FUNCTION})?/{_YEAR})(?!\d)"),
    re.compile(
        rf"(?<![\w/.])((?:[A-ZÅÄÖ]{{1,10}}/)?\d{{1,7}}/\d{{2}}(?:[. ]\d{{2}}){{1,4}}/{_YEAR})(?!\d)"
    ),
    re.compile(rf"(?<!\w)([A-ZÅÄÖ]{{2,10}} {_YEAR}-\d{{5,7}})(?!\d)"),
)


@dataclass(frozen=True)
class CaseKey:
    """A case number to compare by; `short` leaves the function out."""

    full: str
    short: str

    def equals(self, other: "CaseKey") -> bool:
        """Whether both name one case; a function decides only where both tell theirs."""
        if self.short != other.short:
            return False
        return self.full == other.full or self.short in (self.full, other.full)


def parse_case_number(text: str) -> CaseKey | None:
    """The key of a case number, None for anything that is not one."""
    found = unicodedata.normalize("NFKC", text).upper().strip()
    found = re.sub(rf"^(?i:{_LABEL})", "", found)
    found = re.sub(r"[‐-―−]", "-", found)
    found = re.sub(r"\s*([/.-])\s*", r"\1", re.sub(r"\s+", " ", found))
    match = _SLASHED.fullmatch(found) or _DASHED.fullmatch(found)
    if match is None or len(text) > NUMBER_LIMIT:
        return None
    parts = match.groupdict()
    function = (parts.get("function") or "").replace(" ", ".")
    named = (parts["prefix"], parts["n"], function, parts["year"])
    short = (parts["prefix"], parts["n"], parts["year"])
    return CaseKey("/".join(p for p in named if p), "/".join(p for p in short if p))


def find_case_number(text: str) -> str | None:
    """The first case number in a running text: a labelled one, else one that names its function."""
    for pattern in _IN_TEXT:
        match = pattern.search(text)
        if match:
            return match[1]
    return None


def with_function(number: str, function: str) -> str:
    """A number such as "5316/2016" with its function ("00 01 01"), where it has none of its own."""
    match = re.fullmatch(rf"\s*(\d{{1,7}})/({_YEAR})\s*", number)
    code = function.strip().replace(" ", ".")
    if match is None or not re.fullmatch(_FUNCTION, code):
        return number
    return f"{match[1]}/{code}/{match[2]}"
