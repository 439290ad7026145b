"""The municipalities of Finland by code and name: where somebody lives.

From `data/municipalities.csv` (its README names the source). The list is of about 2013:
municipalities that have merged since are still in it, and can still be named.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from app.core import language

PATH = Path(__file__).parent / "data" / "municipalities.csv"


@dataclass(frozen=True)
class MunicipalityName:
    """A municipality: its code of three digits and its names."""

    code: str
    fi: str
    sv: str

    @property
    def name(self) -> str:
        """The name in the language in use."""
        return self.sv if language.current() == "sv" else self.fi


@cache
def list_municipalities() -> dict[str, MunicipalityName]:
    """All of them by code."""
    with PATH.open(encoding="utf-8", newline="") as file:
        rows = [
            MunicipalityName(row["code"], row["name_fi"], row["name_sv"])
            for row in csv.DictReader(file)
        ]
    return {row.code: row for row in rows}


def find_municipality(given: str) -> MunicipalityName | None:
    """The municipality of a code or of a Finnish or Swedish name in any case, else None."""
    wanted = " ".join(given.split()).casefold()
    return _by_name().get(wanted)


def list_names() -> list[str]:
    """The names in the language in use, for choosing."""
    return sorted((row.name for row in list_municipalities().values()), key=str.casefold)


@cache
def _by_name() -> dict[str, MunicipalityName]:
    rows = list_municipalities().values()
    return {name.casefold(): row for row in rows for name in (row.sv, row.fi, row.code)}
