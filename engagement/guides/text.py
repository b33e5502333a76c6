"""A guide's Markdown as cleaned HTML for our own pages. Headlines begin below the page's own."""

import re

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

_TAGS = {"a", "blockquote", "br", "code", "em", "h3", "h4", "hr", "img", "li", "ol", "p", "strong", "ul"}
_ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt", "title"}, "ol": {"start"}}
_LOWER = {"h1": "h3", "h2": "h3", "h3": "h4"}
_HEADLINE = re.compile(r"(</?)(h[123])>")
_reader = MarkdownIt("commonmark", {"html": False, "maxNesting": 20}).disable(["html_block", "html_inline"])


def html(body: str) -> SafeString:
    """Return `body` (Markdown) as HTML that runs nothing; raw HTML in it is shown, not obeyed."""
    made = _HEADLINE.sub(lambda found: f"{found[1]}{_LOWER[found[2]]}>", _reader.render(body))
    clean = nh3.clean(
        made,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener",
    )
    return mark_safe(clean)  # noqa: S308 (nh3 has cleaned it)
