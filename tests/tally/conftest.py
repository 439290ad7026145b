"""The real elections live outside the repository; see `elections`."""

import json
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from app.tally import Profile, read_pabulib

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Election:
    """A Pabulib file and its outcomes by rule, computed independently."""

    path: Path
    expected: dict[str, Any]

    @cached_property
    def profile(self) -> Profile:
        return read_pabulib(self.path.read_bytes(), self.path.name).profile


@pytest.fixture(scope="session")
def elections() -> list[Election]:
    """All elections in $KUULUU_SHARED/data/elections (default: a folder beside the checkout).

    Without the folder the test is skipped, in CI it fails.
    """
    shared = Path(os.environ.get("KUULUU_SHARED") or ROOT.parent / "shared")
    outcomes = sorted((shared / "data" / "elections").glob("*.expected.json"))
    if not outcomes:
        message = f"no elections in {shared}; set KUULUU_SHARED"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    read = [(path, json.loads(path.read_text(encoding="utf-8"))) for path in outcomes]
    return [Election(path.with_name(expected["file"]), expected) for path, expected in read]
