"""Kuuluu: residents propose, discuss and vote; officials answer in public; everyone sees.

`create_app` is the one place where features are listed and wired, in rank order: a feature may
import only from those above it in `FEATURES` (and from core and tally). Three ways lead up, all
seen here: panels that hang on pages of lower features, consequences of journal entries (registered
when the feature's services are imported), and readers, the jobs of `jobs.py`.

Start reading in `core/command.py`: the transaction is the heart of the house.
"""

import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

import config
from app.core import http_cache, labels, limits, logs, panels, security, web, words
from app.extensions import db, migrate
from app.tally import cli as tally_cli

ROOT = Path(__file__).parent.parent

FEATURES = (
    "journal",
    "search",
    "city",
    "accounts",
    "proposals",
    "authoring",
    "attachments",
    "feedback",
    "duties",
    "follows",
    "comments",
    "moderation",
    "responses",
    "registry",
    "promises",
    "answers",
    "decisions",
    "budgeting",
    "voting",
    "outcomes",
    "transparency",
    "council",
    "notifications",
    "admin",
    "pages",
    "demo",
)

# The page of a matter is composed of these, in this order.
PANELS = (
    "follows.FOLLOW",
    "attachments.SHOWN",
    "attachments.HANDLED",
    "attachments.DRAFT",
    "attachments.STEP",
    "authoring.ADDITIONS",
    "authoring.ADDED",
    "authoring.ACTS",
    "authoring.DRAFT",
    "authoring.INVITATIONS",
    "moderation.NOTICES",
    "moderation.DRAFT_NOTICES",
    "moderation.ACTS",
    "promises.PHOTOS",
    "responses.REPLY",
    "responses.STAFF",
    "registry.LINEAGE",
    "registry.ACTS",
    "registry.HANDLED",
    "registry.SENDER_LINEAGE",
    "registry.JOINING",
    "decisions.NEXT",
    "answers.ANSWER",
    "decisions.LINKED",
    "answers.WAYS",
    "council.QUESTIONS",
    "council.ASK",
    "council.WORK",
    "outcomes.PROGRESS",
    "outcomes.WORK",
    "outcomes.MEASURING",
    "answers.CLOSING",
    "answers.SIMILAR",
    "promises.ACTS",
    "duties.LAW",
    "decisions.LINKING",
    "budgeting.LINEAGE",
    "comments.DISCUSSION",
    "responses.SENDER_REPLY",
    "answers.SENDER_ANSWER",
)

LAYERS = ("models", "card", "services", "readers", "cli", "routes", "panels")


def create_app(settings: dict[str, Any] | None = None) -> Flask:
    """The application, configured from the environment; `settings` override it (tests)."""
    app = Flask(__name__)
    app.config.from_mapping(config.from_environment(ROOT))
    app.config.from_mapping(settings or {})
    app.config["BUILD"] = web.build_id(Path(__file__).parent)
    logs.init_app(app)
    db.init_app(app)
    migrate.init_app(app, db, directory=str(ROOT / "migrations"))
    limits.init_app(app)
    web.init_app(app)
    words.init_app(app)
    labels.init_app(app)
    security.init_app(app)
    _wire_features(app)
    app.after_request(http_cache.private_or_public)
    app.wsgi_app = http_cache.PageCache(app, app.config["PAGE_CACHE_BYTES"])  # type: ignore[method-assign]
    if app.config["PROXIES"]:
        hops = app.config["PROXIES"]
        app.wsgi_app = ProxyFix(app.wsgi_app, hops, hops, hops)  # type: ignore[method-assign]
    return app


def _wire_features(app: Flask) -> None:
    for feature in FEATURES:
        for layer in LAYERS:
            if not (Path(__file__).parent / feature / f"{layer}.py").exists():
                continue
            module = importlib.import_module(f"app.{feature}.{layer}")
            if layer == "routes":
                _wire_blueprints(app, module)
            if layer == "cli":
                for group in getattr(module, "groups", None) or [getattr(module, feature)]:
                    app.cli.add_command(group)
    app.cli.add_command(tally_cli.tally)
    # after the features, since consequences run in the order in which they were registered
    app.cli.add_command(importlib.import_module("app.jobs").jobs)
    for path in PANELS:
        feature, _, name = path.partition(".")
        panels.hang(app, getattr(importlib.import_module(f"app.{feature}.panels"), name))


def _wire_blueprints(app: Flask, routes: ModuleType) -> None:
    """Pages (`bp`) live under their language; what speaks none (`bare`) does not."""
    if hasattr(routes, "bp"):
        app.register_blueprint(routes.bp, url_prefix="/<language:lang>")
    if hasattr(routes, "bare"):
        app.register_blueprint(routes.bare)
