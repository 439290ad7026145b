"""The text of a Pabulib file as tables: bytes to text, text to rows, rows to META and tables.

Nothing here knows what a column means. A large file is read in batches, and a table keeps its
values by column, equal ones once, because a city's ballots should fit in little memory.
"""

import csv
import io
import re
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

META, PROJECTS, VOTES = "META", "PROJECTS", "VOTES"
SECTIONS = (META, PROJECTS, VOTES)
# Of what was found, a message shows so many characters at most.
LONGEST_FOUND = 60
# Rows are handled so many at a time, and text is cut into pieces of about so many characters.
BATCH = 8_192
PIECE = 2**18

_FIRST_LETTERS = "MmPpVv \t"
# Control characters, what turns or hides text, and halves of characters.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\xa0\xad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")

Row = list[str]
# Whole numbers of any width.
Integers = NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a line of a file: an error, or a warning."""

    line: int
    found: str
    expected: str
    is_error: bool = True

    def __str__(self) -> str:
        return f"line {self.line}: found {self.found}, expected {self.expected}"


class Problems:
    """What is wrong with one file, collected in no order. `failed` once there is an error."""

    def __init__(self) -> None:
        self.found: list[Problem] = []
        self.failed = False

    def error(self, line: int, found: str, expected: str) -> None:
        """Note what makes a count impossible."""
        self.failed = True
        self.found.append(Problem(line, shown(found), expected))

    def warn(self, line: int, found: str, expected: str) -> None:
        """Note what is odd and counted all the same."""
        self.found.append(Problem(line, shown(found), expected, is_error=False))

    def in_order(self) -> list[Problem]:
        """All problems by line."""
        return sorted(self.found, key=lambda problem: problem.line)


def shown(text: str, longest: int = LONGEST_FOUND) -> str:
    """The text for a message: not too long, and nothing in it that moves a terminal's cursor."""
    short = text if len(text) <= longest else text[: longest - 1] + "…"
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", short)


@dataclass(frozen=True, slots=True)
class Table:
    """Values of a section as text, by column, and the line on which each row begins."""

    columns: list[str]
    cells: list[list[str]]
    lines: Integers = field(compare=False)
    header_line: int = field(default=0, compare=False)

    @classmethod
    def of(cls, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> "Table":
        """A table made of rows, each as long as `columns`."""
        cells = [[row[position] for row in rows] for position in range(len(columns))]
        return cls(list(columns), cells, np.zeros(len(rows), np.int32))

    def __len__(self) -> int:
        return len(self.lines)

    def column(self, name: str) -> list[str]:
        """The values of a column; blank for each row if there is no such column."""
        if name not in self.columns:
            return [""] * len(self)
        return self.cells[self.columns.index(name)]

    def rows(self) -> Iterator[tuple[str, ...]]:
        """The values row by row."""
        return zip(*self.cells, strict=True)


class Sections(NamedTuple):
    """What a file holds: META as (row, line), the line that opens it, and two tables.

    `are_whole` says that no section is missing; a table whose header is wrong is None.
    """

    meta: list[tuple[Row, int]]
    meta_line: int
    projects: Table | None
    votes: Table | None
    are_whole: bool


def decode(data: bytes | bytearray | str, problems: Problems) -> str:
    """The text with "\\n" line ends and without a byte order mark; notes lines not in UTF-8."""
    text = data if isinstance(data, str) else data.decode(errors="surrogateescape")
    text = text.removeprefix("\ufeff")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _SURROGATE.search(text):
        for number, line in enumerate(text.split("\n"), 1):
            wrong = _SURROGATE.search(line)
            if wrong:
                code = ord(wrong[0])
                found = f"byte 0x{code - 0xDC00:02x}" if code >= 0xDC80 else f"U+{code:04X}"
                problems.error(number, found, "text in UTF-8")
    return text


def read_sections(text: str, needed: dict[str, tuple[str, ...]], problems: Problems) -> Sections:
    """Read all sections; `needed` names the columns without which a table is None.

    Notes what does not belong to a section, sections that are missing or there twice, rows that
    do not fit their header, and fields whose quotes are wrong.
    """
    scan = _Scan(needed, problems)
    rows = _Rows(text, problems)
    for batch, lines in rows.batches():
        scan.take(batch, lines)
        rows.mends = scan.section != VOTES
    return scan.finish(rows.last_line)


class _Rows:
    """Rows of separated fields, and the line each begins at; lines without anything left out.

    `mends` says whether a stray quote is forgiven here, see `_mend`.
    """

    def __init__(self, text: str, problems: Problems) -> None:
        self.text = text
        self.problems = problems
        self.last_line = text.count("\n") + (not text.endswith("\n"))
        self.mends = True
        self._physical: list[str] | None = None

    def batches(self) -> Iterator[tuple[list[Row], list[int]]]:
        """Rows, some thousand at a time. After wrong quotes it goes on with the next line."""
        skipped: int | None = 0
        while skipped is not None:
            skipped = yield from self._read(skipped)

    def _read(self, skipped: int) -> Generator[tuple[list[Row], list[int]], None, int | None]:
        """Rows after so many lines; returns how many to skip the next time, after a wrong one."""
        reader = csv.reader(self._lines(skipped), delimiter=";", strict=True)
        rows: list[Row] = []
        lines: list[int] = []
        begins = skipped + 1
        try:
            for row in reader:
                if row:
                    rows.append(row)
                    lines.append(begins)
                begins = skipped + reader.line_num + 1
                if len(rows) == BATCH:
                    yield rows, lines
                    rows, lines = [], []
        except csv.Error as error:
            yield rows, lines
            mended = self._mend(begins, str(error), begins == skipped + reader.line_num)
            yield mended, [begins] * len(mended)
            return begins
        yield rows, lines
        return None

    def _mend(self, line: int, error: str, is_one_line: bool) -> list[Row]:
        """What a line with wrong quotes means: one row, or none with an error noted.

        `"Rink" for all;` is forgiven where nothing is counted by it. It is not where quotes may
        have swallowed the end of a line.
        """
        if "expected after" not in error:
            found = "a quoted field that does not end"
            if "limit" in error:
                found = f"a field of more than {csv.field_size_limit()} characters"
            self.problems.error(line, found, "closed quotes")
            return []
        text = self._all()[line - 1]
        if not (self.mends and is_one_line and len(text) <= csv.field_size_limit()):
            self.problems.error(line, "text after a closing quote", 'quotes within doubled, ""')
            return []
        self.problems.warn(line, "text after a closing quote", 'quotes within doubled, ""')
        return list(csv.reader([text], delimiter=";"))

    def _lines(self, skipped: int) -> Iterator[str]:
        """Lines with their ends; the first time without making a list of all."""
        if skipped == 0:
            return chain.from_iterable(map(io.StringIO, self._pieces()))
        every = self._all()
        return (every[number] + "\n" for number in range(skipped, len(every)))

    def _pieces(self) -> Iterator[str]:
        start = 0
        while start < len(self.text):
            end = self.text.find("\n", start + PIECE) + 1 or len(self.text)
            yield self.text[start:end]
            start = end

    def _all(self) -> list[str]:
        if self._physical is None:
            self._physical = self.text.split("\n")
        return self._physical


class _Scan:
    """Sorts rows into sections as they come."""

    def __init__(self, needed: dict[str, tuple[str, ...]], problems: Problems) -> None:
        self.problems = problems
        self.needed = needed
        self.section: str | None = None
        self.is_stray = False
        self.begun: dict[str, int] = {}
        self.meta: list[tuple[Row, int]] = []
        self.tables: dict[str, _TableBuilder] = {}

    def take(self, rows: list[Row], lines: list[int]) -> None:
        """Take the next rows of the file."""
        # The first test rejects nearly all rows of a large file at little cost.
        starts = [
            number
            for number, row in enumerate(rows)
            if row[0][:1] in _FIRST_LETTERS and _opens_section(row)
        ]
        first = starts[0] if starts else len(rows)
        self._fill(rows[:first], lines[:first])
        for start, end in pairwise([*starts, len(rows)]):
            self._open(rows[start][0].strip().upper(), lines[start])
            self._fill(rows[start + 1 : end], lines[start + 1 : end])

    def finish(self, last_line: int) -> Sections:
        """All sections; notes the ones that are missing."""
        if self.begun:
            for name in SECTIONS:
                if name not in self.begun:
                    self.problems.error(last_line, "the end of the file", f"a section {name}")
        elif not self.is_stray:
            self.problems.error(1, "nothing", f"the line {META}")
        tables = {name: builder.finish() for name, builder in self.tables.items()}
        return Sections(
            self.meta,
            self.begun.get(META, last_line),
            tables.get(PROJECTS),
            tables.get(VOTES),
            all(name in self.begun for name in SECTIONS),
        )

    def _open(self, name: str, line: int) -> None:
        if name in self.begun:
            self.problems.error(line, f"a second section {name}", "each section once")
            self.section = None
            return
        self.section = name
        self.begun[name] = line
        if name != META:
            self.tables[name] = _TableBuilder(name, line, self.needed[name], self.problems)

    def _fill(self, rows: list[Row], lines: list[int]) -> None:
        """Give rows to the section that is open."""
        if self.section in self.tables:
            self.tables[self.section].take(rows, lines)
        elif self.section == META:
            self.meta += zip(rows, lines, strict=True)
        elif not self.begun and not self.is_stray:
            full = [number for number, row in enumerate(rows) if not _is_blank(row)]
            if full:
                self.is_stray = True
                self.problems.error(lines[full[0]], f'"{rows[full[0]][0]}"', f"the line {META}")


class _Values:
    """The values of one column; equal ones are kept once as long as that saves memory."""

    def __init__(self) -> None:
        self.items: list[str] = []
        self._pool: dict[str, str] | None = {}

    def extend(self, values: Iterable[str]) -> None:
        """Add values."""
        if self._pool is None:
            self.items.extend(values)
            return
        cells = tuple(values)
        self.items.extend(map(self._pool.setdefault, cells, cells))
        if len(self._pool) > len(self.items) // 2:
            self._pool = None


class _TableBuilder:
    """Collects the rows of one section by column, header first."""

    def __init__(self, name: str, line: int, needed: tuple[str, ...], problems: Problems) -> None:
        self.name = name
        self.needed = needed
        self.problems = problems
        self.header_line = line
        self.columns: list[str] | None = None
        self._required = 0
        self._is_valid = False
        self._values: list[_Values] = []
        self._lines: list[Integers] = []

    def take(self, rows: list[Row], lines: list[int]) -> None:
        """Take the next rows of the section."""
        if self.columns is None:
            rows, lines = self._after_header(rows, lines)
        rows, lines = self._without_blank(rows, lines)
        if not rows or not self._is_valid:
            return
        width = len(self._values)
        for number in [number for number, row in enumerate(rows) if len(row) != width]:
            self._fit(lines[number], rows[number], width)
        for values, cells in zip(self._values, zip(*rows, strict=True), strict=True):
            values.extend(cells)
        self._lines.append(np.array(lines, dtype=np.int32))

    def finish(self) -> Table | None:
        """The table; None if its header is missing or wrong."""
        if self.columns is None:
            self.problems.error(self.header_line, f"{self.name} without rows", "a header")
        if self.columns is None or not self._is_valid:
            return None
        cells = [values.items for values in self._values]
        lines = np.concatenate([np.zeros(0, np.int32), *self._lines])
        return Table(self.columns, cells, lines, self.header_line)

    def _after_header(self, rows: list[Row], lines: list[int]) -> tuple[list[Row], list[int]]:
        for number, row in enumerate(rows):
            if not _is_blank(row):
                self._header(row, lines[number])
                return rows[number + 1 :], lines[number + 1 :]
        return [], []

    def _without_blank(self, rows: list[Row], lines: list[int]) -> tuple[list[Row], list[int]]:
        """Without rows that are blank all over, which spreadsheets add."""
        blank = [number for number, row in enumerate(rows) if not row[0].strip() and _is_blank(row)]
        # A blank vote is all there is to a row where ballots have no other column.
        blank = [n for n in blank if not (self.columns == ["vote"] and rows[n] == [""])]
        if not blank:
            return rows, lines
        for number in blank:
            if len(rows[number]) > 1:
                self.problems.warn(lines[number], "an empty row, left out", "values")
        left_out = set(blank)
        kept = [number for number in range(len(rows)) if number not in left_out]
        return [rows[number] for number in kept], [lines[number] for number in kept]

    def _header(self, row: Row, line: int) -> None:
        columns = [cell.strip() for cell in row]
        self.columns, self.header_line = columns, line
        self._values = [_Values() for _ in columns]
        twice = sorted({name for name in columns if name and columns.count(name) > 1})
        missing = [name for name in self.needed if name not in columns]
        if missing or set(twice) & {*self.needed, "points"}:
            expected = f"a header with {' and '.join(self.needed)} once"
            self.problems.error(line, f'"{";".join(row)}"', expected)
            return
        for name in twice:
            self.problems.warn(line, f'column "{name}" again', "each column once")
        self._required = max(columns.index(name) for name in self.needed)
        self._is_valid = True

    def _fit(self, line: int, row: Row, width: int) -> None:
        if any(cell.strip() for cell in row[width:]):
            self.problems.error(line, f"{len(row)} fields", f"at most {width}")
        if len(row) <= self._required:
            self.problems.error(line, f"{len(row)} fields", f"at least {self._required + 1}")
        del row[width:]
        row.extend([""] * (width - len(row)))


def _opens_section(row: Row) -> bool:
    return row[0].strip().upper() in SECTIONS and _is_blank(row[1:])


def _is_blank(row: Row) -> bool:
    return not any(cell.strip() for cell in row)
