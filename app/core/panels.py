"""Panels: parts of a page that higher features hang on the page of a lower one.

A loader takes the things shown and the actor, makes at most two queries, and returns what its
template needs, by the thing's id; a thing that is left out has no such panel. The page's topics
are the union of its own and those of its panels; a private panel shows nothing to anonymous
visitors, so that public pages stay the same for everybody.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app

from app.core.access import Actor

Loader = Callable[[Sequence[Any], Actor], dict[int, Any]]


@dataclass(frozen=True)
class Panel:
    """A template and its loader, on one slot of a page.

    Slots are "actions", "top", "main" and "aside", and "form" inside the page's own form, for
    fields and buttons that are sent with it.

    The page "draft" is that of the three steps of writing, once the draft is saved; its templates
    see the number of the present one as `step`. What a higher feature adds there keeps itself: a
    form of its own in "main", or fields in "form" that it reads in a consequence of publishing.
    """

    page: str
    slot: str
    template: str
    loader: Loader
    topics: tuple[str, ...] = ()
    private: bool = False


@dataclass(frozen=True)
class Filled:
    """A panel with what its loader gave; the template sees it as `panel`."""

    template: str
    data: Any


def hang(app: Flask, panel: Panel) -> None:
    """Add a panel to its page; the order of hanging is the order on the page."""
    app.extensions.setdefault("kuuluu_panels", []).append(panel)


def topics_of(page: str) -> tuple[str, ...]:
    """Topics on which the panels of a page depend, beyond those of the thing itself."""
    return tuple(topic for panel in _panels(page) for topic in panel.topics)


def fill(page: str, thing: Any, actor: Actor) -> dict[str, list[Filled]]:
    """The filled panels of one thing's page by slot."""
    slots: dict[str, list[Filled]] = {"actions": [], "top": [], "main": [], "aside": [], "form": []}
    for panel in _panels(page):
        if panel.private and not actor.signed_in:
            continue
        data = panel.loader([thing], actor)
        if thing.id in data:
            slots[panel.slot].append(Filled(panel.template, data[thing.id]))
    return slots


def _panels(page: str) -> list[Panel]:
    hung: list[Panel] = current_app.extensions.get("kuuluu_panels", [])
    return [panel for panel in hung if panel.page == page]
