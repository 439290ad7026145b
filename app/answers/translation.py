"""Machine translation: an interface, with none installed.

The setting KUULUU_TRANSLATOR names a class by its dotted path, such as `package.module.Name`; it is
made without arguments for each piece of work. While it is empty, no page offers translating. What a
machine has written is marked as such until a person says that they have checked it.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from flask import current_app
from werkzeug.utils import import_string


class TranslationFailed(Exception):
    """The translator could not do its work now; what was typed stands as it was."""


class Translator(Protocol):
    """Translates texts from one language (fi, sv, en) to another.

    Gives as many texts as it got, in their order. Raises TranslationFailed.
    """

    def translate(self, texts: Sequence[str], source: str, target: str) -> Sequence[str]:
        """The texts in the target language."""


def is_installed() -> bool:
    """Whether a translator has been set."""
    return bool(current_app.config["TRANSLATOR"])


def get_translator() -> Translator:
    """The translator that has been set. Raises ImportError when the setting names none."""
    translator: Translator = import_string(current_app.config["TRANSLATOR"])()
    return translator


def translate_empty(
    translator: Translator, fields: Mapping[str, str], source: str, target: str
) -> dict[str, str]:
    """The empty fields of the target language, translated from the written ones of the source.

    Raises TranslationFailed, also when the translator gives fewer texts than it got.
    """
    written = {
        f"{name.removesuffix(source)}{target}": text
        for name, text in fields.items()
        if name.endswith(f"_{source}") and text.strip()
    }
    wanted = {name: text for name, text in written.items() if not fields.get(name, "").strip()}
    if not wanted:
        return {}
    texts = translator.translate(list(wanted.values()), source, target)
    if len(texts) != len(wanted):
        raise TranslationFailed("the number of texts has changed")
    return dict(zip(wanted, texts, strict=True))
