"""The export and docs/verify_journal.py, which others run on it without this application."""

import hashlib
import json
import re
import runpy
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event, insert

from app.core import clock
from app.extensions import db
from app.journal import queries
from app.journal.catalogue import CURRENT, Kind
from app.journal.chain import CHAINED, canonical, entry_hash, moment
from app.journal.models import GENESIS, JournalEntry
from app.journal.services import seal_day
from app.journal.verification import SealedPoint, stream_export, verify_database, verify_file
from tests.conftest import START
from tests.factories import Factory

DOCS = Path(__file__).parents[2] / "docs"
SCRIPT = DOCS / "verify_journal.py"
only_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


@pytest.fixture
def exported(make: Factory, held: Callable[[Any], None]) -> list[str]:
    """The lines of a real export: two matters, a seal, a third matter, a second seal."""
    make.matter(title="Penkkejä Åbergin puistoon")
    make.matter()
    held(START + timedelta(days=1))
    seal_day(clock.today() - timedelta(days=1))
    make.matter()
    held(START + timedelta(days=2))
    seal_day(clock.today() - timedelta(days=1))
    return list(stream_export())


def run(path: Path, *seals: str) -> subprocess.CompletedProcess[str]:
    """The program in an isolated Python without packages and with an empty environment."""
    command = [sys.executable, "-I", "-S", str(SCRIPT), str(path), *seals]
    return subprocess.run(command, env={}, cwd=path.parent, capture_output=True, text=True)


def verdict(monkeypatch: pytest.MonkeyPatch, path: Path, *seals: str) -> str:
    """What the program says when it is run in this process: empty when all holds."""
    monkeypatch.setattr(sys, "argv", [str(SCRIPT), str(path), *seals])
    try:
        runpy.run_path(str(SCRIPT), run_name="__main__")
    except SystemExit as left:
        return str(left.code)
    return ""


def rehashed(lines: list[str]) -> list[str]:
    """Lines with the chain and the head made to fit, as a forger would."""
    entries, rest, previous = [], [], GENESIS
    for line in lines:
        fields = json.loads(line)
        if "kind" not in fields:
            rest.append(fields)
            continue
        fields |= {"seq": len(entries) + 1, "previous": previous}
        fields["hash"] = previous = entry_hash(fields)
        entries.append(canonical(fields) + "\n")
    seals = [canonical(one) + "\n" for one in rest if "seal" in one]
    return headed([*entries, *seals])


def headed(lines: list[str]) -> list[str]:
    """Lines with a head that fits them."""
    entries = [json.loads(line) for line in lines if "hash" in json.loads(line)]
    whole = hashlib.sha256("".join(lines).encode()).hexdigest()
    last = entries[-1]["hash"] if entries else GENESIS
    head = {"count": len(entries), "hash": last, "digest": whole}
    return [*lines, canonical({"head": head}) + "\n"]


def test_a_real_export_is_verified_by_the_program_in_an_empty_environment(
    exported: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text("".join(exported), encoding="utf-8", newline="")
    count, head = queries.get_head()
    result = run(path)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == f"verified: {count} entries, 2 seals, head {head}\n"
    with path.open("rb") as file:
        report = verify_file(file)
    assert (report.ok, report.count, report.hash) == (True, count, head)


def test_an_empty_journal_has_an_export_too(make: Factory, tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text("".join(stream_export()))
    assert run(path).stdout == f"verified: 0 entries, 0 seals, head {GENESIS}\n"


@only_sqlite
def test_any_changed_byte_is_noticed(
    exported: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = "".join(exported).encode()
    path = tmp_path / "journal.jsonl"
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= (1, 2, 16, 32, 128)[place % 5]
        path.write_bytes(changed)
        said = verdict(monkeypatch, path)
        assert said.startswith("NOT VERIFIED"), (place, whole[place - 20 : place + 20])
        assert not verify_file(BytesIO(bytes(changed))).ok, place
    path.write_bytes(whole)
    assert verdict(monkeypatch, path) == ""


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_both_verifiers_agree_on_any_damage_and_never_break(
    exported_once: tuple[bytes, Path], data: st.DataObject
) -> None:
    whole, path = exported_once
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(start + 400, len(whole))))
    put = data.draw(st.one_of(st.binary(max_size=40), st.sampled_from(PIECES)))
    changed = whole[:start] + put + whole[end:]
    path.write_bytes(changed)
    with pytest.MonkeyPatch.context() as monkeypatch:
        said = verdict(monkeypatch, path)
    assert (said == "") == verify_file(BytesIO(changed)).ok == (changed == whole)


PIECES = [
    b"\n", b" ", b"{}\n", b"[1]\n", b"null\n", b'{"seal":1}\n',
    b'{"seal":{"count":[],"day":1,"hash":2}}\n',
    b'{"head":[]}\n', b"[" * 5000, b"\xff\xfe", b'"\\ud800"', b"9" * 5000, b'{"seal":', b"\r\n",
]  # fmt: skip


@pytest.fixture(scope="module")
def exported_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, Path]:
    """A small export and a place for damaged ones."""
    entries, previous = [], GENESIS
    for seq in range(1, 6):
        fields = {
            "seq": seq, "kind": "shown", "version": 1, "subject_type": "matter", "subject_id": 1,
            "at": moment(START), "recorded_at": moment(START), "role": "moderator", "unit": None,
            "actor": "ä", "facts": {}, "previous": previous,
        }  # fmt: skip
        previous = entry_hash(fields)
        entries.append(canonical({**fields, "hash": previous}) + "\n")
    seal = {"seal": {"day": "2026-03-08", "count": 5, "hash": previous}}
    lines = headed([*entries, canonical(seal) + "\n"])
    return "".join(lines).encode(), tmp_path_factory.mktemp("export") / "damaged.jsonl"


def _changed(lines: list[str], number: int, **fields: Any) -> list[str]:
    entry = json.loads(lines[number]) | fields
    return [*lines[:number], canonical(entry) + "\n", *lines[number + 1 :]]


FORGED = {"day": "2026-03-10", "count": 5, "hash": "a" * 64}
SWAPPED = [1, 0, *range(2, 9)]
TAMPERINGS: dict[str, tuple[Callable[[list[str]], list[str]], str]] = {
    "a changed fact": (lambda x: _changed(x, 2, role="y"), "line 3: entry 3 has been changed"),
    "a removed entry": (lambda x: [*x[:2], *x[3:]], "line 3: entry 3 is missing"),
    "a removed beginning": (lambda x: x[1:], "line 1: entry 1 is missing"),
    "swapped entries": (lambda x: [x[n] for n in SWAPPED], "line 1: entry 1 is missing"),
    "a doubled entry": (lambda x: [x[0], *x], "line 2: entry 2 is missing"),
    "a changed end": (lambda x: x[:-1], "the head is missing: the end has been cut off"),
    "no new line at the end": (lambda x: [*x[:-1], x[-1][:-1]], "line 9 is damaged"),
    "something behind the head": (lambda x: [*x, x[0]], "line 10 is out of place"),
    "an entry behind a seal": (lambda x: [*x[:7], x[0], *x[7:]], "line 8 is out of place"),
    "a field that is not hashed": (lambda x: _changed(x, 1, note="y"), "line 2 is out of place"),
    "a removed seal": (lambda x: [*x[:6], *x[7:]], "line 8: the head does not match"),
    "a removed entry, hashed anew": (
        lambda x: rehashed([*x[:1], *x[2:]]), "the seal of 2026-03-09 does not match entry 4"
    ),
    "a cut tail, hashed anew": (
        lambda x: rehashed([*x[:5], *x[6:]]), "the seal of 2026-03-10 does not match entry 6"
    ),
    "a forged seal": (
        lambda x: headed(_changed(x[:-1], 7, seal=FORGED)),
        "the seal of 2026-03-10 does not match entry 5",
    ),
    "an empty seal": (lambda x: headed(_changed(x[:-1], 7, seal={})), "line 8 is not a seal"),
    "what is no journal": (lambda x: ["hello\n"], "line 1 is damaged"),
    "nothing": (lambda x: [], "the head is missing"),
    "a broken line": (lambda x: [*x[:3], "{broken\n", *x[4:]], "line 4 is damaged"),
    "a very long line": (lambda x: [*x[:3], "[" * 3_000_000, *x[3:]], "line 4 is damaged"),
}  # fmt: skip


@only_sqlite
@pytest.mark.parametrize("name", list(TAMPERINGS))
def test_whatever_is_tampered_with_is_noticed(
    exported: list[str], tmp_path: Path, name: str
) -> None:
    assert len(exported) == 9
    tamper, said = TAMPERINGS[name]
    path = tmp_path / "journal.jsonl"
    path.write_text("".join(tamper(exported)), encoding="utf-8", newline="")
    result = run(path)
    assert result.returncode == 1
    assert result.stderr.startswith(f"NOT VERIFIED: {said}")
    with path.open("rb") as file:
        assert not verify_file(file).ok


@only_sqlite
def test_a_seal_that_somebody_kept_shows_a_rewritten_log(
    exported: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text("".join(exported), encoding="utf-8", newline="")
    good = f"2026-03-09:3:{json.loads(exported[2])['hash']}"
    assert "6 entries, 4 seals" in run(path, good, f"x:0:{GENESIS}").stdout
    for bad in ("2026-03-09:3:" + "a" * 64, good.replace(":3:", ":7:"), "not a seal"):
        result = run(path, good, bad)
        assert result.returncode == 1
        assert "Traceback" not in result.stderr
    assert "No such file" in run(tmp_path / "nowhere").stderr


def test_the_program_reads_large_files_in_little_memory(tmp_path: Path) -> None:
    path, previous = tmp_path / "large.jsonl", GENESIS
    whole = hashlib.sha256()
    with path.open("wb") as file:
        for seq in range(1, 60_001):
            fields = {
                "seq": seq, "kind": "shown", "version": 1, "subject_type": "matter",
                "subject_id": 1, "at": "", "recorded_at": "", "role": "", "unit": None,
                "actor": None, "facts": {}, "previous": previous,
            }  # fmt: skip
            previous = entry_hash(fields)
            line = f"{canonical({**fields, 'hash': previous})}\n".encode()
            whole.update(line)
            file.write(line)
        head = {"count": 60_000, "hash": previous, "digest": whole.hexdigest()}
        file.write(f"{canonical({'head': head})}\n".encode())
    limited = (
        "import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_AS, (60 << 20,) * 2);"
        f"sys.argv = ['x', {str(path)!r}]; runpy.run_path({str(SCRIPT)!r})"
    )
    result = subprocess.run(
        [sys.executable, "-I", "-S", "-c", limited], env={}, capture_output=True, text=True
    )
    assert "verified: 60000 entries" in result.stdout, result.stderr


def test_the_program_is_short_and_knows_nothing_of_the_application() -> None:
    source = SCRIPT.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 60
    imports = [line for line in source.splitlines() if "import" in line.split()]
    assert imports == ["import hashlib", "import json", "import sys"]


def test_entries_that_come_meanwhile_disturb_neither_export_nor_verification(
    make: Factory, exported: list[str]
) -> None:
    lines = stream_export()
    first = next(lines)
    make.matter()
    seal_day(clock.today())
    assert [first, *lines] == exported
    came = False

    def come(*_rest: Any) -> None:
        nonlocal came
        if not came:
            came = True
            make.matter()

    event.listen(db.engine, "after_cursor_execute", come)
    try:
        assert verify_database().ok
    finally:
        event.remove(db.engine, "after_cursor_execute", come)
    assert came


@only_sqlite
def test_an_entry_that_stands_behind_the_head_is_noticed(exported: list[str]) -> None:
    fields = json.loads(exported[5])
    fields |= {"seq": 7, "previous": fields["hash"]}
    fields["hash"] = entry_hash(fields)
    row = {**fields, "at": START, "recorded_at": START, "facts": canonical(fields["facts"])}
    row["hash"] = entry_hash({**fields, "at": moment(START), "recorded_at": moment(START)})
    with db.engine.begin() as connection:
        connection.execute(insert(JournalEntry), [row])
    assert "the head says 6 entries, 7 are here" in verify_database().reason


@only_sqlite
def test_a_seal_kept_elsewhere_is_compared_with_the_database(exported: list[str]) -> None:
    digest = json.loads(exported[2])["hash"]
    assert verify_database([SealedPoint("2026-03-09", 3, digest)]).ok
    assert not verify_database([SealedPoint("2026-03-09", 4, digest)]).ok


class TestFormatPage:
    """docs/log.md, from which others write verifiers of their own."""

    page = (DOCS / "log.md").read_text(encoding="utf-8")

    def blocks(self, language: str) -> list[str]:
        return re.findall(rf"```{language}\n(.*?)```", self.page, flags=re.DOTALL)

    def test_every_field_is_explained(self) -> None:
        for part, names in {
            "Entry": [*CHAINED, "hash"], "Seal": ["day", "count", "hash"],
            "Head": ["count", "hash", "digest"],
        }.items():  # fmt: skip
            section = self.page.partition(f"### {part}")[2].partition("### ")[0]
            assert re.findall(r"^\| `(\w+)` \|", section, flags=re.MULTILINE) == names

    def test_the_example_is_an_export_and_its_hashes_are_right(self, tmp_path: Path) -> None:
        (example,) = self.blocks("json")
        path = tmp_path / "example.jsonl"
        path.write_text(example, encoding="utf-8", newline="")
        assert run(path).stdout.startswith("verified: 2 entries, 1 seals")
        first = json.loads(example.splitlines()[0])
        hashed = canonical({name: first[name] for name in CHAINED})
        assert self.blocks("text")[0] == hashed + "\n"
        assert hashlib.sha256(hashed.encode()).hexdigest() == first["hash"]
        assert first["previous"] == GENESIS

    def test_its_kinds_are_those_of_the_catalogue(self) -> None:
        example = self.blocks("json")[0].splitlines()
        for line in example[:2]:
            fields = json.loads(line)
            assert CURRENT[Kind(fields["kind"])] >= fields["version"]
        assert "catalogue.py" in self.page
