"""Files that people have sent, kept beside the database.

Each stands in a folder of the instance under a random name, and a row of a feature names it. A file
is written before its row: when the command is rolled back, a file stays to which nothing leads, but
no row ever names a file that is not there. `sweep` deletes a day later what no row names, so a
feature that keeps files says with `named_by` which names its rows have.
"""

import os
import re
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from flask import current_app, make_response, request
from werkzeug.wrappers import Response

from app.core import access, clock
from app.core.errors import NotFound

MOST_MEGABYTES = 10
MOST_BYTES = MOST_MEGABYTES * 1024 * 1024
# A file that is somewhat too large shall lead back to its form, so more than that is let in.
MOST_SENT = 3 * MOST_BYTES
NAME = re.compile(r"[0-9a-f]{32}")
POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
DAY = 24 * 60 * 60  # seconds
CHUNK = 500

Naming = Callable[[Sequence[str]], Iterable[str]]
_namings: list[Naming] = []


@dataclass(frozen=True)
class Folder:
    """Files of one kind: where they lie, how their names end and as what they are served."""

    name: str
    ending: str
    content_type: str


PICTURES = Folder("pictures", ".jpg", "image/jpeg")
THUMBNAILS = Folder("thumbnails", ".jpg", "image/jpeg")
DOCUMENTS = Folder("documents", ".pdf", "application/pdf")
FOLDERS = (PICTURES, THUMBNAILS, DOCUMENTS)


def store(folder: Folder, data: bytes, name: str | None = None) -> str:
    """Write a file, whole or not at all, for the service's user only; returns its name.

    The name is a random one unless the file belongs to another that has one already.
    """
    name = name or secrets.token_hex(16)
    path = _path(folder, name)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    half = path.with_suffix(".part")
    handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(half, path)
    return name


def read(folder: Folder, name: str) -> bytes | None:
    """The file of a name that `store` gave; None when it is not there."""
    try:
        return _path(folder, name).read_bytes()
    except FileNotFoundError:
        return None


def remove(folder: Folder, name: str) -> None:
    """Delete the file for good, if it is still there."""
    _path(folder, name).unlink(missing_ok=True)


def answer(folder: Folder, name: str, saved_as: str = "") -> Response:
    """The file as a response that no browser runs or takes for something else.

    With `saved_as` it is a download of that name. Who may have the file is the caller's question,
    each time: a copy is good only as long as its matter can be read, so caches ask first, and no
    shared one keeps what somebody who is signed in sees. Raises NotFound.
    """
    data = read(folder, name)
    if data is None:
        raise NotFound("not_found")
    response = make_response(data)
    response.mimetype = folder.content_type
    response.headers["Content-Security-Policy"] = POLICY
    if saved_as:
        called = f"attachment; filename*=UTF-8''{quote(saved_as, safe='')}"  # RFC 6266
        response.headers["Content-Disposition"] = called
    else:
        response.headers["Content-Disposition"] = "inline"
    if not access.actor().signed_in:
        response.headers["Cache-Control"] = "public, max-age=0, must-revalidate"
    response.set_etag(name)  # what lies under a name never changes
    return response.make_conditional(request)


# ---------- what no row names ----------


def named_by(naming: Naming) -> Naming:
    """Add a feature's query that tells which of some names its rows have."""
    _namings.append(naming)
    return naming


def is_sweep_due() -> bool:
    """Whether the last sweep was a day ago or more, or there was none."""
    try:
        swept = _stamp().stat().st_mtime
    except FileNotFoundError:
        return True
    return clock.now().timestamp() - swept >= DAY


def sweep() -> int:
    """Delete the files older than a day that no row names; returns how many."""
    count = 0
    for folder in FOLDERS:
        old = _old_files(folder)
        for start in range(0, len(old), CHUNK):
            count += _sweep(old[start : start + CHUNK])
    now = clock.now().timestamp()
    _stamp().touch()
    os.utime(_stamp(), (now, now))
    return count


def _sweep(paths: list[Path]) -> int:
    names = [path.stem for path in paths]
    known = {name for naming in _namings for name in naming(names)}
    unnamed = [path for path in paths if path.stem not in known]
    for path in unnamed:
        path.unlink(missing_ok=True)
    return len(unnamed)


def _old_files(folder: Folder) -> list[Path]:
    place = _place(folder)
    if not place.exists():
        return []
    before = clock.now().timestamp() - DAY
    ours = (path for path in place.iterdir() if NAME.fullmatch(path.stem))
    return [path for path in ours if path.stat().st_mtime < before]


def _path(folder: Folder, name: str) -> Path:
    if not NAME.fullmatch(name):
        raise ValueError("not the name of a file")
    return _place(folder) / f"{name}{folder.ending}"


def _place(folder: Folder) -> Path:
    return Path(current_app.config["INSTANCE"]) / folder.name


def _stamp() -> Path:
    return Path(current_app.config["INSTANCE"]) / "files_swept"
