"""The texts of the demonstration: matters with their discussion, handling and answer, as data."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "content"
MATTER_FILES = ("streets_traffic", "parks_sports", "schools_culture", "planning_service")

Text = dict[str, Any]


def read_matters() -> list[Text]:
    """All matters, in a fixed order that mixes themes."""
    found: list[Text] = []
    for name in MATTER_FILES:
        found += json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return sorted(found, key=lambda text: text["key"][::-1])


def read_rounds() -> dict[str, Text]:
    """The budgeting rounds by year, with their projects."""
    rounds: dict[str, Text] = json.loads((FOLDER / "budgeting.json").read_text(encoding="utf-8"))
    return rounds
