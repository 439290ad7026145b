"""Writes of texts in other languages, additions, invitations and co-authors."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update

from app.accounts import addresses
from app.accounts import queries as accounts
from app.authoring import links, policies, queries
from app.authoring.models import (
    ADDITION_LIMIT,
    MOST_ADDITIONS,
    MOST_CO_AUTHORS,
    MOST_INVITATIONS,
    VALID,
    Invitation,
)
from app.core import clock, errors, language, mail, topics
from app.core.access import Actor, Role, require
from app.core.addresses import absolute
from app.core.command import command
from app.core.errors import Gone, Invalid, TooMany
from app.core.language import LANGUAGES
from app.core.text import clean
from app.extensions import db
from app.journal import Entry, Kind, on, record, text_digest
from app.journal.models import JournalActor
from app.proposals import holding, support
from app.proposals import policies as proposal_policies
from app.proposals import services as proposals
from app.proposals.models import BODY_LIMIT, TITLE_LEAST, TITLE_LIMIT, CoAuthor, Matter
from app.proposals.notes import add_note
from app.search import services as search

errors.explain(
    {
        "cannot_translate": _l("You cannot write this matter in that language."),
        "cannot_add": _l(
            "Only its authors can add to a matter, when its handling has started and is not over."
        ),
        "added_enough": _l("You can add to a matter three times a day. Try again tomorrow."),
        "cannot_invite": _l("Only who started the matter can invite co-authors or remove them."),
        "co_authors_full": _l("A matter has room for five co-authors, open invitations included."),
        "invited_enough": _l("You can invite ten people a day. Try again tomorrow."),
        "invited_already": _l("You have invited this address already."),
        "own_address": _l("This is your own address."),
        "bad_invitation": _l(
            "This invitation does not work any more. Ask the author for a new one."
        ),
        "cannot_join": _l(
            "You cannot join this matter. You may be its author already, or your e-mail address "
            "is not confirmed."
        ),
        "cannot_leave": _l("You are not a co-author of this matter."),
    }
)


# ---------- languages ----------


@command
def translate(
    actor: Actor, matter: Matter, code: str, title: str, body: str, source_version: int
) -> None:
    """Publish the text in another language, or a new version of it. The same text changes nothing.

    `source_version` is the version of the original that was translated. Raises Forbidden
    "cannot_translate", Invalid, also "new_account_links" for an author with a new account.
    """
    known = proposals.find_text(matter, code) if code in LANGUAGES else None
    is_other = code in LANGUAGES and code != matter.language
    require(is_other and policies.can_translate(actor, matter, known), "cannot_translate")
    title = " ".join(clean(title, TITLE_LIMIT).split())
    if len(title) < TITLE_LEAST:
        raise Invalid("title_short")
    body = clean(body, BODY_LIMIT)
    newest = proposals.current_text(matter).version
    source_version = min(max(source_version, 1), newest)
    if known and (known.title, known.body, known.source_version) == (title, body, source_version):
        return
    role, unit = _capacity(actor, matter)
    if role == "author":
        holding.check_links(actor, f"{title}\n{body}", proposals.current_text(matter).body)
    text = proposals.add_text(matter, code, title, body)
    text.origin = "author" if role == "author" else "human"
    text.source_version = source_version
    record(
        Kind.TRANSLATED,
        matter,
        actor,
        role=role,
        unit=unit,
        language=code,
        version=text.version,
        source_version=source_version,
        origin=text.origin,
        title=text_digest(title, text.salt),
        text=text_digest(body, text.salt),
    )
    search.index_matter(matter.id, f"text_{code}", code, f"{title}\n{body}")
    topics.touch("matters", f"matter:{matter.id}")


def _capacity(actor: Actor, matter: Matter) -> tuple[str, str | None]:
    """In which role, and for which unit, somebody who may translate does it."""
    if proposal_policies.is_author(actor, matter):
        return "author", None
    if matter.holder_unit is not None and actor.has(Role.OFFICIAL, matter.holder_unit):
        return "official", matter.holder_unit
    return "registry", None


# ---------- additions ----------


@command
def add(actor: Actor, matter: Matter, code: str, text: str) -> None:
    """Add a dated public text below one that cannot be edited any more.

    Raises Forbidden "cannot_add", TooMany "added_enough" for the fourth within 24 hours, Invalid,
    also "new_account_links".
    """
    require(policies.can_add(actor, matter), "cannot_add")
    if code not in LANGUAGES:
        raise Invalid("unknown_language")
    text = clean(text, ADDITION_LIMIT)
    if queries.count_additions_lately(matter) >= MOST_ADDITIONS:
        raise TooMany("added_enough")
    holding.check_links(actor, text)
    note = add_note(matter, queries.PURPOSE, {code: text})
    record(Kind.ADDED, matter, actor, role="author", text=note)
    _index_additions(matter)
    topics.touch("matters", f"matter:{matter.id}")


@on(Kind.SHOWN)
def index_again(entry: Entry) -> None:
    """A matter that is shown again is found by its other languages and its additions again."""
    matter = db.session.get(Matter, entry.subject_id)
    if entry.subject_type != Matter.journal_subject or matter is None:
        return
    for text in proposals.list_texts(matter).values():
        if text.language != matter.language:
            part, words = f"text_{text.language}", f"{text.title}\n{text.body}"
            search.index_matter(matter.id, part, text.language, words)
    _index_additions(matter)


def _index_additions(matter: Matter) -> None:
    words = [text for note in queries.list_additions(matter) for text in note.texts.values()]
    if words:
        search.index_matter(matter.id, "added", "", "\n".join(words))


# ---------- co-authors ----------


@command
def invite(actor: Actor, matter: Matter, email: str | None) -> Invitation:
    """Invite one person: by mail, or with None by a link that the author hands on.

    What happens is the same whether or not the address has an account. Raises Forbidden
    "cannot_invite", Invalid for the address, WrongState "co_authors_full", TooMany
    "invited_enough".
    """
    require(policies.can_invite(actor, matter), "cannot_invite")
    address = addresses.normal(email) if email is not None else None
    person_id = actor.person_id or 0
    if address is not None and address == accounts.get_person(person_id).email:
        raise Invalid("own_address")
    if address is not None and any(
        known.email == address for known in queries.list_open_invitations(matter)
    ):
        raise Invalid("invited_already")
    if queries.count_places_taken(matter) >= MOST_CO_AUTHORS:
        raise Invalid("co_authors_full")
    if queries.count_invitations_lately(person_id) >= MOST_INVITATIONS:
        raise TooMany("invited_enough")
    invitation = Invitation(
        matter_id=matter.id, invited_by=person_id, email=address, created_at=clock.now()
    )
    db.session.add(invitation)
    db.session.flush()
    if address is not None:
        _mail_invitation(actor, address, invitation)
    return invitation


@command
def take_back(actor: Actor, matter: Matter, invitation: Invitation) -> None:
    """End an invitation; one that has ended stays so. Raises Forbidden "cannot_invite"."""
    require(proposal_policies.is_starter(actor, matter), "cannot_invite")
    _end(invitation)


@command
def accept(actor: Actor, token: str) -> Matter:
    """Become a co-author; the own support ends, since nobody supports the own matter.

    Raises Gone "bad_invitation", Forbidden "cannot_join".
    """
    invitation, matter = _locked(token)
    require(policies.can_join(actor, matter, invitation), "cannot_join")
    support.end_support(actor, matter)
    matter.add_co_author(actor.person_id or 0, clock.now())
    _end(invitation)
    db.session.flush()
    if matter.published_at is not None:
        record(Kind.CO_AUTHOR_JOINED, matter, actor, role="author")
        topics.touch(f"matter:{matter.id}")
    return matter


@command
def decline(actor: Actor, token: str) -> None:
    """Say no to an invitation, which ends it. Raises Gone "bad_invitation"."""
    require(actor.signed_in, "not_allowed")
    invitation, _matter = _locked(token)
    _end(invitation)


@command
def leave(actor: Actor, matter: Matter) -> None:
    """Stop being a co-author. Raises Forbidden "cannot_leave"."""
    require(policies.can_leave(actor, matter), "cannot_leave")
    mine = next(one for one in matter.co_authors if one.person_id == actor.person_id)
    _part(actor, matter, mine)


@command
def remove(actor: Actor, matter: Matter, co_author: CoAuthor) -> None:
    """Remove a co-author, who is told by mail. Raises Forbidden "cannot_invite"."""
    require(proposal_policies.is_starter(actor, matter), "cannot_invite")
    person = accounts.get_person(co_author.person_id)
    _part(actor, matter, co_author)
    with language.speaking(person.language):
        mail.post(
            person.email,
            gettext("You are not a co-author any more"),
            gettext(
                "The author has removed you from the authors of this matter:\n\n%(link)s\n\nWhat "
                "you wrote together stays as it is.",
                link=absolute("proposals.show", matter_id=matter.id),
            ),
        )


@command
def forget_old_invitations() -> int:
    """End the invitations that are too old, with the addresses in them; returns how many."""
    old = (Invitation.ended_at.is_(None), Invitation.created_at <= clock.now() - VALID)
    ended = list(db.session.scalars(select(Invitation.id).where(*old).limit(500)))
    change = update(Invitation).where(Invitation.id.in_(ended))
    db.session.execute(change.values(ended_at=clock.now(), email=None))
    return len(ended)


@on(Kind.PUBLISHED)
def name_co_authors(entry: Entry) -> None:
    """Who joined while it was a draft joins in public when it is published.

    The authors of a part that the city splits off come along by the act of the city.
    """
    matter = db.session.get_one(Matter, entry.subject_id)
    for co_author in matter.co_authors:
        joined = Actor(person_id=co_author.person_id)
        record(Kind.CO_AUTHOR_JOINED, matter, joined, role=entry.role, unit=entry.unit)


def _part(actor: Actor, matter: Matter, co_author: CoAuthor) -> None:
    key = (matter.journal_subject, matter.id, co_author.person_id)
    matter.co_authors.remove(co_author)
    db.session.flush()
    if matter.published_at is None:
        return
    ref = db.session.get_one(JournalActor, key).ref
    record(Kind.CO_AUTHOR_LEFT, matter, actor, role="author", co_author=ref)
    topics.touch(f"matter:{matter.id}")


def _locked(token: str) -> tuple[Invitation, Matter]:
    """The invitation and its matter, whose row is locked first: two who join queue on it."""
    number = links.read_token(token).matter_id
    matter = db.session.get(Matter, number, with_for_update=True, populate_existing=True)
    invitation = links.read_token(token)
    db.session.refresh(invitation)
    if matter is None or not invitation.is_open:
        raise Gone("bad_invitation")
    return invitation, matter


def _end(invitation: Invitation) -> None:
    if invitation.ended_at is None:
        invitation.ended_at, invitation.email = clock.now(), None


def _mail_invitation(actor: Actor, address: str, invitation: Invitation) -> None:
    """No title goes out: a draft is its authors', and words of residents cannot be taken back."""
    person = accounts.find_by_email(address)
    with language.speaking(person.language if person else language.current()):
        link = absolute("authoring.answer", token=links.invitation_token(invitation))
        text = gettext(
            "%(name)s invites you to write a matter to the city together, as a co-author.\n\nOpen "
            "this address to read what it is about, and to accept or decline. It works once and "
            "for 14 days.\n\n%(link)s\n\nIf you do not know the sender, you need not do anything.",
            name=actor.name,
            link=link,
        )
        mail.post(address, gettext("An invitation to write together"), text)
