"""What people write, as safe HTML: a small part of Markdown and nothing else.

Paragraphs, line breaks, emphasis, lists, quotes and links to whole addresses (https, http, mailto).
A heading becomes a bold paragraph: a text must not pretend to be a part of the page. No pictures
and no HTML. The result is cleaned once more by an allow list. Each block takes its direction from
its own first letter, so that Arabic and Finnish can stand below each other.
"""

from collections.abc import Sequence
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup

SCHEMES = {"http", "https", "mailto"}
TAGS = {"p", "br", "strong", "em", "ul", "ol", "li", "blockquote", "a"}
BLOCKS = ("p", "li")
FIRST = '<p dir="auto">'
LEAD_LIMIT = 400  # characters of HTML; a longer first paragraph is text, not a lead

_MARKDOWN = MarkdownIt("commonmark", {"html": False, "breaks": True}).disable(
    [
        "lheading",
        "image",
        "code",
        "fence",
        "backticks",
        "hr",
        "html_block",
        "html_inline",
    ]
)


def _is_whole(address: str) -> bool:
    """Whether an address can be followed from anywhere; the others stay text as it was written."""
    return address.partition(":")[0].lower() in SCHEMES and ":" in address


def _lower(_renderer: RendererHTML, tokens: Sequence[Token], index: int, *_rest: Any) -> str:
    """A heading's beginning and end as those of a bold paragraph."""
    return "<p><strong>" if tokens[index].nesting == 1 else "</strong></p>\n"


_MARKDOWN.validateLink = _is_whole  # type: ignore[method-assign, assignment]
for _end in ("heading_open", "heading_close"):
    _MARKDOWN.add_render_rule(_end, _lower)


def render(text: str, *, lead: bool = False) -> Markup:
    """Safe HTML of a text. With `lead`, a short first paragraph that is followed by more text
    gets the class "lead".
    """
    html = nh3.clean(
        _MARKDOWN.render(text),
        tags=TAGS,
        attributes={"a": {"href"}},
        url_schemes=SCHEMES,
        url_relative="deny",
        link_rel="nofollow noopener ugc",
        set_tag_attribute_values={tag: {"dir": "auto"} for tag in BLOCKS},
    )
    end = html.find("</p>") + len("</p>")
    if lead and html.startswith(FIRST) and end <= LEAD_LIMIT and html[end:].strip():
        html = '<p dir="auto" class="lead">' + html.removeprefix(FIRST)
    return Markup(html)  # noqa: S704 - cleaned above
