"""What people write: cleaned the same way twice, and shown as harmless HTML."""

import unicodedata
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import markup
from app.core.text import JOINERS, STAYING, tidy

# Marks that turn the direction, characters without width, breaks, joiners, marks, blanks, letters.
ODD = "\u202a\u202e\u2066\u2069\u200e\u061c\u200b\u2060\ufeff\u00ad\x0b\u2028\x85\r\n\t"
MIXED = st.text(alphabet=st.sampled_from(ODD + JOINERS + "\u0301\u3164 aÅ\u0628\u094d\u0915👩"))
TEXT = MIXED | st.text()
PIECES = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "[a](javascript:alert(1))",
    "[a](JaVa\tScript:alert(1))",
    "[a](data:text/html;base64,PHNjcmlwdD4=)",
    "[a](//example.org)",
    "[a](<https://example.org/\" onclick='x'>)",
    "![a](https://example.org/a.png)",
    "<https://example.org>",
    "<javascript:alert(1)>",
    "[a]: javascript:alert(1)\n\n[a]",
    "&lt;script&gt;",
    "&#106;avascript:",
    "# Otsikko",
    "> ",
    "- ",
    "\n\n",
    "**",
    "`",
    '"',
    "'",
    "](",
    "<",
    ">",
    "\x00",
    "\u202e",
)


class Seen(HTMLParser):
    """The tags of some HTML with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@given(TEXT)
def test_cleaning_twice_changes_nothing_and_leaves_nothing_invisible(text: str) -> None:
    tidied = tidy(text)
    assert tidy(tidied) == tidied
    assert unicodedata.is_normalized("NFC", tidied)
    unseen = {c for c in tidied if unicodedata.category(c) in ("Cc", "Cf", "Cs")}
    assert unseen <= set(STAYING + JOINERS)


@pytest.mark.parametrize("text", ["سلام دنیا", "می\u200cخواهم", "👩\u200d🚒", "Tiếng Việt", "שָׁלוֹם"])
def test_scripts_and_pictures_of_people_stay_as_they_are(text: str) -> None:
    assert tidy(text) == unicodedata.normalize("NFC", text)


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=12).map("".join))
def test_no_text_becomes_more_than_paragraphs_lists_and_links(text: str) -> None:
    for tag, attributes in Seen(markup.render(text, lead=True)).tags:
        assert tag in markup.TAGS
        assert set(attributes) <= {"a": {"href", "rel"}, "p": {"dir", "class"}}.get(tag, {"dir"})
        if tag == "a":
            assert attributes["rel"] == "nofollow noopener ugc"
            scheme = (attributes.get("href") or "https:").partition(":")[0]
            assert scheme.lower() in markup.SCHEMES
