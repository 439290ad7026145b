"""What people write, as safe HTML: a small part of Markdown and nothing else.

Paragraphs, line breaks, emphasis, lists, quotes and links. No headings, which would disturb the
page's own, no pictures and no HTML. The result is cleaned once more by an allow list.
"""

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

TAGS = {"p", "br", "strong", "em", "ul", "ol", "li", "blockquote", "a"}
LEAD_LIMIT = 400  # characters of HTML; a longer first paragraph is text, not a lead

_MARKDOWN = MarkdownIt("commonmark", {"html": False, "breaks": True}).disable(
    [
        "heading",
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


def render(text: str, *, lead: bool = False) -> Markup:
    """Safe HTML of a text. With `lead`, a short first paragraph that is followed by more text
    gets the class "lead".
    """
    html = nh3.clean(
        _MARKDOWN.render(text),
        tags=TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener ugc",
    )
    end = html.find("</p>") + len("</p>")
    if lead and html.startswith("<p>") and end <= LEAD_LIMIT and html[end:].strip():
        html = '<p class="lead">' + html.removeprefix("<p>")
    return Markup(html)  # noqa: S704 - cleaned above
