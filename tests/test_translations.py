"""Every text of the interface exists in Finnish and Swedish, and is really translated."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).parent.parent
# Names and words that are the same in both languages.
SAME = {
    line
    for line in (ROOT / "translations" / "same.txt").read_text(encoding="utf-8").splitlines()
    if line
}


def _catalogue(language: str):
    path = ROOT / "translations" / language / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        return read_po(file, locale=language)


def _ids(message) -> tuple[str, ...]:
    return message.id if isinstance(message.id, tuple) else (message.id,)


def _strings(message) -> tuple[str, ...]:
    return message.string if isinstance(message.string, tuple) else (message.string,)


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_no_text_is_empty_fuzzy_or_english(language: str) -> None:
    wrong = []
    for message in _catalogue(language):
        if not message.id:
            continue
        texts = _strings(message)
        if message.fuzzy:
            wrong.append(f"fuzzy: {message.id}")
        if not all(texts):
            wrong.append(f"empty: {message.id}")
        if set(texts) & set(_ids(message)) - SAME:
            wrong.append(f"the same as English: {message.id}")
    assert not wrong, "\n".join(wrong[:40])


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_placeholders_are_kept(language: str) -> None:
    for message in _catalogue(language):
        wanted = set(re.findall(r"%\(\w+\)s", " ".join(_ids(message))))
        for text in _strings(message):
            found = set(re.findall(r"%\(\w+\)s", text))
            assert found <= wanted, message.id
            assert wanted - found <= {"%(num)s"}, message.id


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_the_catalogue_is_compiled_and_in_use(language: str) -> None:
    catalogue = _catalogue(language)
    assert not catalogue.fuzzy
    path = ROOT / "translations" / language / "LC_MESSAGES" / "messages.mo"
    with path.open("rb") as file:
        compiled = read_mo(file)
    assert len(compiled) == len(catalogue)


def test_the_catalogues_hold_exactly_the_texts_of_the_code(tmp_path: Path) -> None:
    pot = tmp_path / "messages.pot"
    command = "-q extract -F babel.cfg -k _l -k lazy_gettext --no-location -o"
    babel = Path(sys.executable).parent / "pybabel"
    subprocess.run([babel, *command.split(), pot, "app"], check=True, cwd=ROOT)
    with pot.open("rb") as file:
        wanted = {_ids(message) for message in read_po(file) if message.id}
    for language in ("fi", "sv"):
        found = {_ids(message) for message in _catalogue(language) if message.id}
        assert found == wanted, (sorted(wanted - found)[:20], sorted(found - wanted)[:20])
