"""Fixtures for the tests of decisions."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.city.models import Municipality
from app.core import topics
from app.core.command import command
from app.extensions import db
from tests.casework import Casework
from tests.factories import Factory


@pytest.fixture
def work(make: Factory) -> Casework:
    """The registry, an official and the matters they work on."""
    return Casework(make)


@pytest.fixture
def settings(context: Flask) -> Callable[..., None]:
    """Sets the sources of decisions in the municipality's settings."""

    @command
    def change(*sources: dict[str, Any]) -> None:
        row = db.session.get_one(Municipality, 1)
        row.settings = {**row.settings, "decisions": {"sources": list(sources)}}
        topics.touch("city")

    return change
