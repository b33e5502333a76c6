"""What a phrasebook is made of."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tracking.vocabulary import Reason, Status

# How much a phrase proves.
SURE = 0.95  # says it and nothing else
CLEAR = 0.85  # the usual words for it
LIKELY = 0.7  # mostly means it
HINT = 0.45  # a word that leans that way when nothing better is said

_GAP = r"(?:\w+ ){0,4}?"
_GROUP = re.compile(r"\((?!\?)")
_LITERAL = re.compile(r"[a-z0-9 ]+")
_OPTIONAL = re.compile(r".\?|\\w\S?|\[[^]]*\]\??|[~_]")


@dataclass(frozen=True)
class Phrase:
    """
    A pattern, and `needles`: it can only match where one of these occurs (looking for them is much faster).
    """

    pattern: re.Pattern[str]
    needles: tuple[str, ...]

    def found(self, text: str) -> Iterator[re.Match[str]]:
        """Return the places where the phrase stands in `text`."""
        if self.needles and not any(needle in text for needle in self.needles):
            return iter(())
        return self.pattern.finditer(text)


@dataclass(frozen=True)
class Says:
    """
    Some phrases with one meaning. `status` None: they only give a reason, or only ask the shopper to act.

    `firm`: the phrases hold even behind a "not" or a "will": they contain it themselves, or are about plans.
    """

    status: Status | None
    reason: Reason | None
    weight: float
    phrases: tuple[Phrase, ...]
    action: bool = False
    firm: bool = False


@dataclass(frozen=True)
class Book:
    """One language. `undone_*` match the text around a phrase that did not happen, or has yet to."""

    says: tuple[Says, ...]
    undone_before: re.Pattern[str]
    undone_after: re.Pattern[str]


@dataclass(frozen=True)
class Line:
    """Phrases as they are written down, one a line; `{name}` stands for one of the language's own lists."""

    phrases: str
    status: Status | None = None
    weight: float = HINT
    reason: Reason | None = None
    action: bool = False
    firm: bool = False


def told(
    status: Status,
    weight: float,
    phrases: str,
    *,
    reason: Reason | None = None,
    action: bool = False,
    firm: bool = False,
) -> Line:
    """Phrases that mean a status."""
    return Line(phrases, status, weight, reason, action, firm)


def why(reason: Reason, phrases: str, *, weight: float = CLEAR) -> Line:
    """Phrases that give a reason, whatever the status; they hold behind a "not", too."""
    return Line(phrases, None, weight, reason, firm=True)


def act(phrases: str) -> Line:
    """Phrases that ask the shopper to do something."""
    return Line(phrases, action=True, firm=True)


def book(*lines: Line, lists: Mapping[str, str] | None = None, before: str, after: str = r"(?!)") -> Book:
    """A language's phrases; `before` and `after`: what makes a phrase beside it not have happened."""
    says = tuple(
        Says(
            line.status,
            line.reason,
            line.weight,
            tuple(phrase(words, lists or {}) for words in line.phrases.splitlines() if words.strip()),
            line.action,
            line.firm,
        )
        for line in lines
    )
    return Book(says, re.compile(before), re.compile(after))


def phrase(words: str, lists: Mapping[str, str]) -> Phrase:
    """Compile a phrase, as whole words, with its short forms."""
    # A phrase goes on where the next line is indented.
    long = " ".join(re.sub(r"\|\s{4,}", "|", words).split())
    for name, listed in lists.items():
        long = long.replace(f"{{{name}}}", f"({'|'.join(word.strip() for word in listed.split(' | '))})")
    pattern = _GROUP.sub("(?:", long).replace(" _ ", f" {_GAP}").replace("~", r"\w*")
    return Phrase(re.compile(rf"\b(?:{pattern})\b"), needles(long))


def needles(written: str) -> tuple[str, ...]:
    """Return texts of which one must occur wherever the phrase `written` (short forms and all) matches."""
    choices = list(_choices(written))
    if len(choices) > 1:
        inner = [needles(choice) for choice in choices]
        return tuple(sorted({needle for one in inner for needle in one})) if all(inner) else ()
    best: tuple[str, ...] = ()
    for part in _parts(written):
        if part.startswith("("):
            found = needles(part[1:-1])
        else:
            runs = [run.strip() for run in _LITERAL.findall(_OPTIONAL.sub("|", part)) if run.strip()]
            found = (max(runs, key=len),) if runs else ()
        if found and (not best or _worth(found) > _worth(best)):
            best = found
    return best


def _worth(found: tuple[str, ...]) -> float:
    """Few and long needles rule out most texts."""
    return min(map(len, found)) - 0.25 * len(found)


def _parts(written: str) -> Iterator[str]:
    """
    Return the parts of a phrase that must occur: plain stretches, and groups (in parentheses) that are not
    optional.
    """
    depth, start = 0, 0
    for at, char in enumerate(written):
        if char == "(":
            if depth == 0:
                yield written[start:at]
                start = at
            depth += 1
        elif char == ")":
            depth -= 1
            if depth == 0:
                if written[at + 1 : at + 2] not in ("?", "*"):
                    yield written[start : at + 1]
                start = at + 1 + (written[at + 1 : at + 2] in ("?", "*"))
    yield written[start:]


def _choices(inside: str) -> Iterator[str]:
    """Return the alternatives of a group's inside."""
    depth, start = 0, 0
    for at, char in enumerate(inside):
        depth += (char == "(") - (char == ")")
        if char == "|" and depth == 0:
            yield inside[start:at]
            start = at + 1
    yield inside[start:]
