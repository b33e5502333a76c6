"""
Finding a guide by words: in the reader's language, words of the title count more. Done here and not in SQL,
so that every database finds the same; there are never many guides for one order.
"""

import re
import unicodedata
from collections.abc import Sequence

from engagement.models import Guide

TITLE, BODY = 3, 1
LONG = 200  # characters of a question that are read
_WORD = re.compile(r"\w+")


def plain(text: str) -> list[str]:
    """Return the words of `text` as they are compared: no case, no accents."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    return _WORD.findall("".join(sign for sign in bare if not unicodedata.combining(sign)))


def search(guides: Sequence[Guide], question: str) -> list[Guide]:
    """
    Return those of `guides` that have words of `question` (or words that begin with them), best first.

    Who has all the words comes before who has some; then the title counts three times the body; guides that
    are equally good stay in the order given. Words of one or two letters count only when there are no others.
    """
    words = list(dict.fromkeys(plain(question[:LONG])))
    wanted = [word for word in words if len(word) > 2] or words
    if not wanted:
        return list(guides)
    scored = [(_score(guide, wanted), place, guide) for place, guide in enumerate(guides)]
    found = [entry for entry in scored if entry[0][0]]
    found.sort(key=lambda entry: (-entry[0][0], -entry[0][1], entry[1]))
    return [guide for _, _, guide in found]


def _score(guide: Guide, wanted: Sequence[str]) -> tuple[int, int]:
    """Return how many of the words are there at all, and how well."""
    title, body = plain(guide.title), plain(guide.body)
    there = well = 0
    for word in wanted:
        in_title = any(one.startswith(word) for one in title)
        in_body = any(one.startswith(word) for one in body)
        there += in_title or in_body
        well += TITLE * in_title + BODY * in_body
    return there, well
