"""Files that people have sent: how they are kept, served and, when no row names them, swept."""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.core import clock, files
from app.core.errors import NotFound
from app.core.files import DOCUMENTS, PICTURES, THUMBNAILS, Folder
from app.core.language import speaking
from app.core.words import file_size

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


@pytest.fixture
def place(context: Flask) -> Path:
    return Path(context.config["INSTANCE"])


@pytest.fixture
def request_here(context: Flask) -> Iterator[None]:
    with context.test_request_context("/"):
        yield


def aged(place: Path, folder: Folder, name: str, hours: float, ending: str = "") -> Path:
    """A file that was written so many hours ago."""
    path = place / folder.name / f"{name}{ending or folder.ending}"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"x")
    at = (clock.now() - timedelta(hours=hours)).timestamp()
    os.utime(path, (at, at))
    return path


def test_a_file_is_kept_for_the_service_alone_and_removed(place: Path) -> None:
    name = files.store(PICTURES, b"whole")
    path = place / "pictures" / f"{name}.jpg"
    assert list(path.parent.iterdir()) == [path]
    assert os.stat(path).st_mode & 0o777 == 0o600
    assert os.stat(path.parent).st_mode & 0o777 == 0o700
    assert files.read(PICTURES, name) == b"whole"
    assert files.store(THUMBNAILS, b"small", name) == name
    assert files.read(THUMBNAILS, name) == b"small"
    files.remove(PICTURES, name)
    files.remove(PICTURES, name)
    assert files.read(PICTURES, name) is None
    assert files.read(THUMBNAILS, name) == b"small"


@pytest.mark.parametrize("name", ["../secret_key", "", "0" * 31, "A" * 32, "0" * 32 + "\n"])
def test_no_name_leads_out_of_the_folder(place: Path, name: str) -> None:
    for act in (files.read, files.remove):
        with pytest.raises(ValueError, match="not the name"):
            act(PICTURES, name)
    with pytest.raises(NotFound):
        files.answer(PICTURES, "0" * 32)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Kartta.pdf", "Kartta.pdf"),
        ("Tärkeä – luonnos.pdf", "T%C3%A4rke%C3%A4%20%E2%80%93%20luonnos.pdf"),
        ('a"; filename=b.exe.pdf', "a%22%3B%20filename%3Db.exe.pdf"),
        ("../../etc/passwd.pdf", "..%2F..%2Fetc%2Fpasswd.pdf"),
    ],
)
@pytest.mark.usefixtures("request_here")
def test_a_download_is_called_what_it_is(name: str, expected: str) -> None:
    kept = files.store(DOCUMENTS, b"%PDF-")
    answer = files.answer(DOCUMENTS, kept, saved_as=name)
    assert answer.headers["Content-Disposition"] == f"attachment; filename*=UTF-8''{expected}"
    assert answer.mimetype == "application/pdf"


@pytest.mark.parametrize(
    ("size", "finnish", "english"),
    [
        (1, "1 kt", "1 kB"),
        (87_040, "85 kt", "85 kB"),
        (1024 * 1024, "1,0 Mt", "1.0 MB"),
        (10 * 1024 * 1024, "10,0 Mt", "10.0 MB"),
    ],
)
@pytest.mark.usefixtures("request_here")
def test_how_large_a_file_is_in_words(size: int, finnish: str, english: str) -> None:
    for code, expected in (("fi", finnish), ("en", english)):
        with speaking(code):
            assert file_size(size).replace("\xa0", " ") == expected


class TestSweep:
    @pytest.fixture
    def named(self, monkeypatch: pytest.MonkeyPatch) -> set[str]:
        """The names that some feature's rows have."""
        known: set[str] = set()
        monkeypatch.setattr(files, "_namings", [lambda names: known & set(names)])
        return known

    def test_what_no_row_names_goes_after_a_day(self, place: Path, named: set[str]) -> None:
        named.update(("a" * 32, "b" * 32))
        staying = [
            aged(place, PICTURES, "a" * 32, 900),
            aged(place, THUMBNAILS, "a" * 32, 900),
            aged(place, DOCUMENTS, "b" * 32, 900),
            aged(place, PICTURES, "c" * 32, 23),
            aged(place, PICTURES, "a note of the keeper", 900, ".txt"),
        ]
        going = [
            aged(place, PICTURES, "d" * 32, 25),
            aged(place, PICTURES, "e" * 32, 25, ".part"),
            aged(place, THUMBNAILS, "d" * 32, 25),
            aged(place, DOCUMENTS, "f" * 32, 25),
        ]
        assert files.sweep() == 4
        assert all(path.exists() for path in staying)
        assert not any(path.exists() for path in going)
        assert files.sweep() == 0

    def test_many_are_looked_up_in_parts(
        self, place: Path, named: set[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(files, "CHUNK", 3)
        for number in range(8):
            aged(place, PICTURES, f"{number:032x}", 48)
        named.add(f"{5:032x}")
        assert files.sweep() == 7
        assert [path.stem for path in (place / "pictures").iterdir()] == [f"{5:032x}"]

    def test_it_is_due_once_a_day(
        self, place: Path, named: set[str], held: Callable[[Any], None]
    ) -> None:
        assert files.is_sweep_due()
        assert files.sweep() == 0
        assert not files.is_sweep_due()
        held(clock.now() + timedelta(hours=23, minutes=59))
        assert not files.is_sweep_due()
        held(clock.now() + timedelta(minutes=1))
        assert files.is_sweep_due()
