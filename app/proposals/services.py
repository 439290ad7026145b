"""Writes on matters: draft, publish, edit, withdraw; the card's counts and due date."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import structlog
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from app.city import geography, get_city
from app.city.discussion import get_discussion_settings
from app.core import clock, errors, topics
from app.core.access import ANONYMOUS, Actor, require
from app.core.command import command
from app.core.errors import Invalid, NotFound, WrongState
from app.core.language import LANGUAGES
from app.core.text import clean
from app.extensions import db
from app.journal import Kind, record, text_digest
from app.journal.recording import new_salt
from app.proposals import counts, holding, policies
from app.proposals.lifecycle import MatterKind, State
from app.proposals.models import (
    BODY_LIMIT,
    SUMMARY_LIMIT,
    TITLE_LEAST,
    TITLE_LIMIT,
    Matter,
    MatterText,
)
from app.proposals.notes import WHY_NEW, add_note
from app.search import services as search

log = structlog.get_logger()
REASON_LIMIT = 2000
WHY_NEW_LIMIT = 500

errors.explain(
    {
        "not_author": _l("Only the author can do this."),
        "not_confirmed": _l(
            "Confirm your e-mail address first. The link is in the message we sent."
        ),
        "editing_closed": _l("The text cannot be changed any more, because handling has started."),
        "matter_is_hidden": _l(
            "A moderator has hidden this matter. It cannot be changed now. You can appeal: see the "
            "message about the decision."
        ),
        "blocked": _l(
            "A moderator keeps you from writing for a time. Your own page tells until when, why, "
            "and how to appeal."
        ),
        "not_a_draft": _l("This has already been published."),
        "unknown_place": _l("Choose an area and a service from the lists."),
        "outside_city": _l("The place is outside the city."),
        "title_short": _l("Write a title of at least ten characters."),
        "no_body": _l("Write what you want and why."),
        "many_links": _l("Leave out the links. A text without an account can have only a few."),
        "no_service": _l("Choose the service that this is about."),
    }
)


@dataclass(frozen=True)
class Draft:
    """What the author has written so far. `lat` and `lon` are WGS 84 degrees or both None.

    `theme` and `service` are both None until the author has chosen. `city_only` asks that only the
    city sees it; it holds for feedback alone.
    """

    kind: MatterKind
    language: str
    title: str
    body: str
    theme: str | None = None
    service: str | None = None
    area: str | None = None
    district: str | None = None
    lat: float | None = None
    lon: float | None = None
    city_only: bool = False


@command
def create_draft(actor: Actor, draft: Draft) -> Matter:
    """Save a new draft that only its author sees.

    Raises Forbidden when nobody is signed in, Invalid for unknown places or overlong text.
    """
    require(actor.signed_in, "not_allowed")
    matter = Matter(author_id=actor.person_id, created_at=clock.now(), kind=draft.kind)
    _write(matter, draft)
    db.session.add(matter)
    db.session.flush()
    add_text(matter, draft.language, matter.title, clean(draft.body, BODY_LIMIT, required=False))
    return matter


@command
def save_draft(actor: Actor, matter: Matter, draft: Draft) -> None:
    """Replace the contents of a draft. Raises Forbidden, WrongState "not_a_draft", Invalid."""
    require(policies.is_author(actor, matter), "not_author")
    if matter.state != State.DRAFT:
        raise WrongState("not_a_draft")
    holding.take_back(matter.id)
    matter.kind = draft.kind
    _write(matter, draft)
    text = db.session.scalars(select(MatterText).where(MatterText.matter_id == matter.id)).one()
    text.language, text.title = matter.language, matter.title
    text.body = clean(draft.body, BODY_LIMIT, required=False)
    text.written_at = clock.now()


def require_writer(actor: Actor) -> None:
    """Raises Forbidden "not_confirmed", or "blocked" while moderation keeps the actor from it."""
    require(policies.is_confirmed(actor), "not_confirmed")
    require(policies.can_write(actor), "blocked")


@command
def submit_proposal(actor: Actor, matter: Matter, why_new: str = "") -> bool:
    """Publish a draft; False when it is held for a moderator's look and stays a draft until then.

    `why_new` tells the registry why this is another matter than a similar one.
    Raises what `publish_proposal` raises; TooMany "new_account_matters" for more than a new account
    may publish in a day; WrongState "held_already".
    """
    require(policies.is_starter(actor, matter), "not_author")
    require_writer(actor)
    if holding.find_held(matter.id) is not None:
        raise WrongState("held_already")
    if why_new := clean(why_new, WHY_NEW_LIMIT, required=False):
        add_note(matter, WHY_NEW, {matter.language: why_new})
    if matter.state != State.DRAFT or not holding.standing_of(actor, 0).is_new:
        publish_proposal(actor, matter)
        return True
    holding.check_matters_a_day(actor)
    text = current_text(matter)
    whole = f"{text.title}\n{text.body}"
    reason = holding.reason_to_hold(actor, whole)
    if reason is None:
        publish_proposal(actor, matter)
    else:
        _check_complete(matter, text)
        holding.hold(actor, matter, reason)
    holding.remember(actor, whole)
    return reason is None


@command
def publish_proposal(actor: Actor, matter: Matter) -> None:
    """Make a draft public; duties start its clocks.

    Raises Forbidden unless the actor is the author with a confirmed address, WrongState unless it
    is a draft, Invalid when the title or text is too short or no service is chosen.
    """
    require(policies.is_starter(actor, matter), "not_author")
    require_writer(actor)
    if matter.state != State.DRAFT:
        raise WrongState("not_a_draft")
    _publish(actor, matter)


@command
def give_feedback(draft: Draft) -> Matter:
    """Publish feedback of somebody without an account, at once; nobody is its author.

    Raises Invalid for what `publish_proposal` refuses, and "many_links" for more links than a new
    account's text may have.
    """
    if holding.count_links(f"{draft.title}\n{draft.body}") > get_discussion_settings().most_links:
        raise Invalid("many_links")
    matter = Matter(created_at=clock.now(), kind=MatterKind.FEEDBACK)
    _publish_new(ANONYMOUS, matter, draft)
    return matter


@command
def publish_part(actor: Actor, matter: Matter, draft: Draft, role: str, unit: str | None) -> Matter:
    """Publish a part of a matter, in the name of its authors, as a matter of its own.

    The actor does it in a role and for a unit; who may is the caller's rule. Raises Invalid for
    what `publish_proposal` refuses.
    """
    part = Matter(author_id=matter.author_id, created_at=clock.now(), kind=matter.kind)
    for known in matter.co_authors:
        part.add_co_author(known.person_id, clock.now())
    _publish_new(actor, part, draft, role, unit)
    return part


def _publish_new(
    actor: Actor, matter: Matter, draft: Draft, role: str = "author", unit: str | None = None
) -> None:
    _write(matter, draft)
    db.session.add(matter)
    db.session.flush()
    add_text(matter, draft.language, matter.title, clean(draft.body, BODY_LIMIT, required=False))
    db.session.flush()
    _publish(actor, matter, role, unit)


def _publish(actor: Actor, matter: Matter, role: str = "author", unit: str | None = None) -> None:
    text = current_text(matter)
    _check_complete(matter, text)
    record(
        Kind.PUBLISHED,
        matter,
        actor,
        role=role,
        unit=unit,
        matter_kind=matter.kind,
        language=matter.language,
        area=matter.area,
        theme=matter.theme,
        service=matter.service,
        title=text_digest(text.title, text.salt),
        text=text_digest(text.body, text.salt),
    )
    search.index_matter(matter.id, "text", matter.language, f"{text.title}\n{text.body}")


def _check_complete(matter: Matter, text: MatterText) -> None:
    if len(text.title) < TITLE_LEAST:
        raise Invalid("title_short")
    if not text.body:
        raise Invalid("no_body")
    if matter.service is None:
        raise Invalid("no_service")


@command
def edit_proposal(actor: Actor, matter: Matter, title: str, body: str) -> None:
    """Publish a new version of the text; the old ones stay readable. The same text changes nothing.

    Raises Forbidden, WrongState "editing_closed" once handling has started or "matter_is_hidden",
    Invalid, also "new_account_links" for more links than a new account's text may have.
    """
    require(policies.is_author(actor, matter), "not_author")
    require_writer(actor)
    if matter.state != State.PUBLISHED:
        raise WrongState("editing_closed")
    if matter.hidden_rule is not None:
        raise WrongState("matter_is_hidden")
    title = " ".join(clean(title, TITLE_LIMIT).split())
    if len(title) < TITLE_LEAST:
        raise Invalid("title_short")
    body = clean(body, BODY_LIMIT)
    known = current_text(matter)
    if (known.title, known.body) == (title, body):
        return
    holding.check_links(actor, f"{title}\n{body}", f"{known.title}\n{known.body}")
    text = add_text(matter, matter.language, title, body)
    matter.title, matter.summary = title, summary_of(body)
    record(
        Kind.EDITED,
        matter,
        actor,
        role="author",
        language=matter.language,
        version=text.version,
        title=text_digest(title, text.salt),
        text=text_digest(body, text.salt),
    )
    search.index_matter(matter.id, "text", matter.language, f"{title}\n{body}")
    topics.touch("matters", f"matter:{matter.id}")


@command
def withdraw_proposal(actor: Actor, matter: Matter, reason: str) -> None:
    """Take the matter back with a public reason. Raises Forbidden, WrongState, Invalid.

    The words of the reason stay beside the matter as a text of their own; the journal keeps the
    digest. Statutory duties do not end (see duties).
    """
    require(policies.is_starter(actor, matter), "not_author")
    reason = clean(reason, REASON_LIMIT)
    note = add_note(matter, "withdrawn", {matter.language: reason})
    record(Kind.WITHDRAWN, matter, actor, role="author", reason=note)


@command
def count_change(matter: Matter, column: Literal["comments", "attachments"], by: int) -> None:
    """Change one of the card's counts; the page follows within a minute."""
    setattr(matter, column, getattr(matter, column) + by)
    topics.touch_calmly(f"matter:{matter.id}")
    topics.touch_calmly("matters")


@command
def set_due(matter: Matter, due: datetime | None, kind: str | None, overdue: bool) -> None:
    """Set the soonest open deadline on the card; duties own its meaning."""
    if (matter.next_due, matter.next_due_kind, matter.overdue) == (due, kind, overdue):
        return
    with counts.following(matter):
        matter.next_due, matter.next_due_kind, matter.overdue = due, kind, overdue
    topics.touch("matters", f"matter:{matter.id}")


@command
def assign(actor: Actor, matter: Matter, person_id: int | None) -> None:
    """Set the person who works on the matter; who may do so is the caller's rule."""
    require(actor.signed_in or actor.is_system, "not_allowed")
    with counts.following(matter):
        matter.assignee_id = person_id


def current_text(matter: Matter, language: str | None = None) -> MatterText:
    """The newest version of the text in a language, the original one if not given.

    Raises NotFound when there is none in that language.
    """
    query = (
        select(MatterText)
        .where(MatterText.matter_id == matter.id)
        .where(MatterText.language == (language or matter.language))
        .order_by(MatterText.version.desc())
        .limit(1)
    )
    text = db.session.scalars(query).first()
    if text is None:
        raise NotFound("not_found")
    return text


def find_text(matter: Matter, language: str) -> MatterText | None:
    """The newest version of the text in a language, None when there is none."""
    return list_texts(matter).get(language)


def list_texts(matter: Matter) -> dict[str, MatterText]:
    """The newest version of the text in each language there is; one query."""
    newer = aliased(MatterText)
    newest = select(func.max(newer.version)).where(
        newer.matter_id == MatterText.matter_id, newer.language == MatterText.language
    )
    query = select(MatterText).where(
        MatterText.matter_id == matter.id, MatterText.version == newest.scalar_subquery()
    )
    return {text.language: text for text in db.session.scalars(query)}


def get_draft(matter: Matter) -> Draft:
    """What a draft has in it now, to be saved again with changes."""
    return Draft(
        kind=matter.kind,
        language=matter.language,
        title=matter.title,
        body=current_text(matter).body,
        theme=matter.theme,
        service=matter.service,
        area=matter.area,
        district=matter.district,
        lat=matter.lat,
        lon=matter.lon,
        city_only=matter.city_only,
    )


def summary_of(body: str) -> str:
    """The first paragraph, cut at a word, for lists."""
    first = " ".join(body.partition("\n\n")[0].split())
    if len(first) <= SUMMARY_LIMIT:
        return first
    return first[: SUMMARY_LIMIT - 1].rsplit(" ", 1)[0] + "…"


def _write(matter: Matter, draft: Draft) -> None:
    city = get_city()
    known = (draft.theme is None) == (draft.service is None)
    if draft.service is not None:
        service = city.services.get(draft.service)
        known = service is not None and service.theme == draft.theme
    if draft.area is not None:
        known = known and draft.area in city.areas
    if draft.district is not None:
        district = city.districts.get(draft.district)
        known = known and district is not None and district.area == draft.area
    if not known or draft.language not in LANGUAGES:
        raise Invalid("unknown_place")
    _check_point(draft.lat, draft.lon)
    matter.language = draft.language
    matter.title = " ".join(clean(draft.title, TITLE_LIMIT, required=False).split())
    matter.summary = summary_of(clean(draft.body, BODY_LIMIT, required=False))
    matter.area, matter.district = draft.area, draft.district
    # A draft may lack both; what is published has them (see the table's constraints).
    matter.theme, matter.service = draft.theme, draft.service  # type: ignore[assignment]
    matter.lat, matter.lon = draft.lat, draft.lon
    # A draft that has become something else than feedback is not for the city alone any more.
    matter.city_only = draft.city_only and draft.kind == MatterKind.FEEDBACK


def _check_point(lat: float | None, lon: float | None) -> None:
    """Both or neither, and within the city, which also catches swapped coordinates."""
    if lat is None and lon is None:
        return
    if lat is None or lon is None or geography.locate(get_city(), lat, lon) is None:
        raise Invalid("outside_city")


@command
def add_text(matter: Matter, language: str, title: str, body: str) -> MatterText:
    """Keep the next version of the text in a language; what must be true of it is the caller's."""
    query = select(func.max(MatterText.version)).where(
        MatterText.matter_id == matter.id, MatterText.language == language
    )
    text = MatterText(
        matter_id=matter.id,
        language=language,
        version=(db.session.scalars(query).one() or 0) + 1,
        title=title,
        body=body,
        origin="author",
        salt=new_salt(),
        written_at=clock.now(),
    )
    db.session.add(text)
    return text
