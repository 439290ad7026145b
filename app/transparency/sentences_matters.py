"""Entries of residents, of the discussion and of moderation in plain words. Pure."""

from app.comments.rules import DiscussionRule
from app.core import labels, words
from app.core.language import NAMES
from app.journal import Entry, Kind
from app.proposals.lifecycle import MatterKind
from app.transparency.phrases import gettext
from app.transparency.telling import Glossary, Said, Teller, Told


def _published(entry: Entry, glossary: Glossary) -> Told:
    if entry.role != "author":
        title = gettext("%(actor)s published a part of another matter", actor=glossary.by(entry))
        return Told(title, icon="edit")
    titles = {
        MatterKind.FEEDBACK: gettext("The author gave feedback"),
        MatterKind.PROPOSAL: gettext("The author published the proposal"),
        MatterKind.INITIATIVE: gettext("The author filed the resident initiative"),
    }
    return Told(titles[MatterKind(entry.facts["matter_kind"])], icon="edit")


def _edited(entry: Entry, _glossary: Glossary) -> Told:
    return Told(gettext("The author changed the text"), _version(entry), icon="edit")


def _translated(entry: Entry, glossary: Glossary) -> Told:
    title = gettext("%(actor)s published the text in another language", actor=glossary.by(entry))
    return Told(title, _version(entry), icon="edit")


def _version(entry: Entry) -> tuple[Said, ...]:
    number = gettext("This is version %(number)s.", number=entry.facts["version"])
    language = gettext("Language: %(language)s.", language=NAMES[entry.facts["language"]])
    return Said(number), Said(language)


def _added(entry: Entry, glossary: Glossary) -> Told:
    return Told(
        gettext("The author added to the text"), glossary.quote(entry.facts["text"]), icon="plus"
    )


def _joined(_entry: Entry, _glossary: Glossary) -> Told:
    return Told(gettext("A co-author joined"), icon="users")


def _left(_entry: Entry, _glossary: Glossary) -> Told:
    return Told(gettext("A co-author left"), icon="users")


def _attached(entry: Entry, _glossary: Glossary) -> Told:
    if entry.facts["file_kind"] == "photo":
        return Told(gettext("The author added a photo"), icon="photo")
    return Told(gettext("The author added a document"), icon="doc")


def _attachment_removed(entry: Entry, _glossary: Glossary) -> Told:
    if entry.facts["file_kind"] == "photo":
        return Told(gettext("The author removed a photo"), icon="photo")
    return Told(gettext("The author removed a document"), icon="doc")


def _withdrawn(entry: Entry, glossary: Glossary) -> Told:
    title = gettext("The author withdrew the matter")
    return Told(title, glossary.reason(entry), icon="x")


def _makers(entry: Entry, _glossary: Glossary) -> Told:
    facts = entry.facts
    law = gettext(
        "%(needed)s makers are two percent of the residents. The law now gives the city six "
        "months to take the initiative up.",
        needed=words.number(facts["needed"]),
    )
    title = gettext("%(count)s people have signed it", count=words.number(facts["makers"]))
    return Told(title, (Said(law),), "ok", "users")


def rule_said(entry: Entry) -> Said:
    """The rule by which something was hidden or left."""
    rules = {rule.value: rule for rule in DiscussionRule}
    rule = rules.get(entry.facts["rule"])
    return Said(
        gettext("The rule: %(rule)s.", rule=labels.label(rule) if rule else entry.facts["rule"])
    )


def _hidden(entry: Entry, _glossary: Glossary) -> Told:
    if entry.role == "registry":
        return Told(gettext("The registry hid the matter"), (rule_said(entry),), icon="eye")
    goes_on = Said(gettext("Handling and deadlines go on."))
    return Told(gettext("A moderator hid the matter"), (rule_said(entry), goes_on), icon="eye")


def _shown(entry: Entry, _glossary: Glossary) -> Told:
    if entry.role == "registry":
        return Told(gettext("The registry made the matter public again"), icon="eye")
    return Told(gettext("A moderator made the matter public again"), icon="eye")


def _commented(_entry: Entry, _glossary: Glossary) -> Told:
    return Told(gettext("Somebody commented"), icon="chat")


def _comment_edited(entry: Entry, _glossary: Glossary) -> Told:
    version = Said(gettext("This is version %(number)s.", number=entry.facts["version"]))
    return Told(gettext("The author of a comment changed it"), (version,), icon="edit")


def _comment_deleted(_entry: Entry, _glossary: Glossary) -> Told:
    return Told(gettext("The author of a comment deleted it"), icon="x")


def _comment_hidden(entry: Entry, _glossary: Glossary) -> Told:
    return Told(gettext("A moderator hid a comment"), (rule_said(entry),), icon="eye")


def _comment_shown(_entry: Entry, _glossary: Glossary) -> Told:
    return Told(gettext("A moderator made a comment public again"), icon="eye")


def _appealed(entry: Entry, _glossary: Glossary) -> Told:
    return Told(gettext("The author appealed against the hiding"), (rule_said(entry),), icon="flag")


def _appeal_decided(entry: Entry, _glossary: Glossary) -> Told:
    title = gettext("Another moderator decided on the appeal: the matter stays hidden")
    if not entry.facts["upheld"]:
        title = gettext("Another moderator decided on the appeal: the matter is shown again")
    return Told(title, (rule_said(entry),), icon="eye")


def _comment_appealed(entry: Entry, _glossary: Glossary) -> Told:
    title = gettext("The author of a comment appealed against its hiding")
    return Told(title, (rule_said(entry),), icon="flag")


def _comment_appeal_decided(entry: Entry, _glossary: Glossary) -> Told:
    title = gettext("Another moderator decided on an appeal: the comment stays hidden")
    if not entry.facts["upheld"]:
        title = gettext("Another moderator decided on an appeal: the comment is shown again")
    return Told(title, (rule_said(entry),), icon="eye")


TELLERS: dict[Kind, Teller] = {
    Kind.PUBLISHED: _published,
    Kind.EDITED: _edited,
    Kind.WITHDRAWN: _withdrawn,
    Kind.TRANSLATED: _translated,
    Kind.ADDED: _added,
    Kind.CO_AUTHOR_JOINED: _joined,
    Kind.CO_AUTHOR_LEFT: _left,
    Kind.ATTACHED: _attached,
    Kind.ATTACHMENT_REMOVED: _attachment_removed,
    Kind.MAKERS_THRESHOLD: _makers,
    Kind.HIDDEN: _hidden,
    Kind.SHOWN: _shown,
    Kind.COMMENTED: _commented,
    Kind.COMMENT_EDITED: _comment_edited,
    Kind.COMMENT_DELETED: _comment_deleted,
    Kind.COMMENT_HIDDEN: _comment_hidden,
    Kind.COMMENT_SHOWN: _comment_shown,
    Kind.APPEALED: _appealed,
    Kind.APPEAL_DECIDED: _appeal_decided,
    Kind.COMMENT_APPEALED: _comment_appealed,
    Kind.COMMENT_APPEAL_DECIDED: _comment_appeal_decided,
}
