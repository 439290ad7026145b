"""What the sentences about journal entries are made of and with. Pure.

A title is one sentence; texts are what people wrote beside the entry (a reason, a question, the
answer), in the reader's language where there is one. Erased words are said to be erased.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from app.city import City
from app.city.queries import Things
from app.core import language
from app.journal import Entry
from app.transparency.phrases import gettext

Texts = Mapping[str, str]


@dataclass(frozen=True)
class Said:
    """A paragraph; `language` is given when it is not the page's own, `lead` tells what it is.

    `other` is another public matter that it speaks of: a row of id, title and language.
    """

    text: str
    language: str | None = None
    quoted: bool = False
    lead: str = ""
    other: Any = None


@dataclass(frozen=True)
class Told:
    """A step in words, with the tone and icon of its stop."""

    title: str
    texts: tuple[Said, ...] = ()
    tone: str = ""
    icon: str = "dot"


@dataclass(frozen=True)
class Glossary:
    """What the words of entries are made with.

    `spoken` has texts by their digest, `promises` those of promises by their number; texts are
    mappings by language. `others` are the public ones of the matters that entries name, by number.
    The log, which tells titles only, leaves all of them empty. `reader` is the reader's language.
    """

    city: City
    spoken: Mapping[str, Texts] = field(default_factory=dict)
    promises: Mapping[int, Texts] = field(default_factory=dict)
    others: Mapping[int, Any] = field(default_factory=dict)
    tells_texts: bool = True
    reader: str = field(default_factory=language.current)

    def unit(self, key: str | None) -> str:
        """A unit's name; a former one, gone from the city's list, is told by its key."""
        return self._name(self.city.units, key) if key else gettext("The city")

    def body(self, key: str) -> str:
        """A body's name."""
        return self._name(self.city.bodies, key)

    def authority(self, key: str) -> str:
        """Another authority's name."""
        return self._name(self.city.authorities, key)

    def _name(self, things: Things, key: str) -> str:
        return language.pick(things[key].names, self.reader) if key in things else key

    def by(self, entry: Entry) -> str:
        """Who acted, as the beginning of a sentence."""
        if entry.role == "registry":
            return gettext("The registry")
        if entry.role == "author":
            return gettext("The author")
        if entry.role == "budgeting":
            return gettext("The budgeting team")
        return self.unit(entry.unit)

    def quote(self, digest: str | None, lead: str = "") -> tuple[Said, ...]:
        """The words behind a digest."""
        if digest is None or not self.tells_texts:
            return ()
        if digest not in self.spoken:
            return (Said(gettext("The words have been erased.")),)
        return (self.say(self.spoken[digest], lead),)

    def reason(self, entry: Entry) -> tuple[Said, ...]:
        """Why it was done."""
        return self.quote(entry.facts["reason"], self._reason_word)

    @cached_property
    def _reason_word(self) -> str:
        return gettext("Reason")

    def promise(self, entry: Entry) -> tuple[Said, ...]:
        """What was promised."""
        texts = self.promises.get(entry.facts["promise"])
        return (self.say(texts, gettext("The promise")),) if texts else ()

    def about(self, number: int, named: str, unnamed: str) -> Said:
        """A sentence about another matter: with its number while it is public, else without."""
        other = self.others.get(number)
        return Said(named % {"number": number}, other=other) if other else Said(unnamed)

    def say(self, texts: Texts, lead: str = "") -> Said:
        """Words in the reader's language, else in one there is, marked as such."""
        if texts.get(self.reader):
            return Said(texts[self.reader], quoted=True, lead=lead)
        text = language.pick(texts, self.reader)
        code = next((code for code, found in texts.items() if found == text), None)
        return Said(text, code, quoted=True, lead=lead)


Teller = Callable[[Entry, Glossary], Told]
