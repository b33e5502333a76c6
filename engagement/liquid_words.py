"""What the template language complains of, in words for the person who wrote the template, with the line."""

import re

from liquid.exceptions import LiquidError

_BLOCK = re.compile(r"\{%-?\s*(end)?(if|unless|case|for|capture|comment)\b")
_SAID: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"^expected tag (\w+), found", r"a block is not closed by {% \1 %}"),
        (r"^unexpected tag '(end\w*|else|elsif|when)'", r"{% \1 %} stands where nothing is open for it"),
        (r"^unexpected tag '(\w+)'", r"{% \1 %} is not available"),
        (r"^unknown filter '(.*)'", r"there is no filter “\1”"),
        (r"found end of expression$|^missing expression", "something is missing before the tag ends"),
        (r"^expected end of expression", "there is more in the tag than can be read"),
        (r"^missing or unexpected path", "a [ is not closed"),
        (r"^output stream limit", "it writes more than a message can hold"),
        (r"^local namespace limit", "it keeps more than a message has use for"),
        (r"^block nesting limit|maximum context depth", "blocks stand too deep in each other"),
    )
)  # fmt: skip


def of(exc: BaseException, source: str) -> str:
    """Return why `source` cannot be used: its line where one is to blame, nothing of the data."""
    if not isinstance(exc, LiquidError):
        return f"It cannot be carried out ({type(exc).__name__})."
    said = str(exc.message or "it cannot be read")
    for pattern, words in _SAID:
        found = pattern.search(said)
        if found:
            said = found.expand(words)
            break
    line = _line(exc, source)
    return f"Line {line}: {said}" if line else said


def _line(exc: LiquidError, source: str) -> int:
    """Return the line (from 1) of an error: of the block left open where the end is to blame; 0 for none."""
    token = exc.token
    if token is not None and token.start_index >= 0:
        return token.source.count("\n", 0, token.start_index) + 1
    opened: list[int] = []
    for found in _BLOCK.finditer(source):
        if not found[1]:
            opened.append(found.start())
        elif opened:
            opened.pop()
    return source.count("\n", 0, opened[-1]) + 1 if opened else 0
