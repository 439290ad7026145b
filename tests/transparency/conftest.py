"""English words for pure modules, with and without a database."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask_babel import force_locale

from app.core import language
from app.extensions import babel


@pytest.fixture(scope="session")
def words_app() -> Flask:
    """An application that only knows languages."""
    app = Flask("words")
    babel.init_app(app, default_locale="en", locale_selector=language.negotiated)
    return app


@pytest.fixture
def english(words_app: Flask) -> Iterator[None]:
    """Sentences in English."""
    with words_app.app_context(), force_locale("en"):
        yield


@pytest.fixture
def in_english(context: Flask) -> Iterator[None]:
    """The application's context, speaking English."""
    with language.speaking("en"):
        yield
