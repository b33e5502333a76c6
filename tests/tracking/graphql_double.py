"""As much of GraphQL as a double needs: which operation was asked, and only the fields it asked for."""

import re
from typing import Any

_TOKENS = re.compile(r'"[^"]*"|\.\.\.|[A-Za-z_$@][\w$]*|[{}()\[\]:!,=]|[\d.]+')
Selection = dict[str, Any]


def operation(document: str) -> str:
    """Return the name of a document's operation."""
    return re.search(r"\b(?:query|mutation)\s+(\w+)", document)[1]


def projected(document: str, variables: dict, data: Any) -> Any:
    """
    Return `data` with nothing but what `document` selects; what it selects and `data` lacks is null.

    Raises AssertionError for a fragment that is not defined or not used, and for a variable that is not
    declared: Shopify refuses such documents.
    """
    fragments = {
        found[1]: found.end() for found in re.finditer(r"\bfragment\s+(\w+)\s+on\s+\w+\s*", document)
    }
    used: set[str] = set()
    parsed = {name: _selection(_tokens(document[start:]), used) for name, start in fragments.items()}
    head = re.search(r"\b(?:query|mutation)\s+\w+\s*(\([^)]*\))?\s*", document)
    root = _selection(_tokens(document[head.end() :]), used)
    declared = set(re.findall(r"\$(\w+)\s*:", head[1] or ""))
    assert used == set(fragments), f"fragments used {used}, defined {set(fragments)}"
    assert set(variables) <= declared, f"variables {set(variables) - declared} are not declared"
    assert set(re.findall(r"\$(\w+)", document[head.end() :])) <= declared
    return _project(data, root, parsed)


def _tokens(text: str) -> list[str]:
    return _TOKENS.findall(text)[::-1]  # a stack


def _selection(tokens: list[str], used: set[str]) -> Selection:
    """Read `{ … }` from the top of the stack into {field: selection or None}; spreads under '...'."""
    assert tokens.pop() == "{", "a selection begins with {"
    found: Selection = {"...": []}
    last = ""
    while (token := tokens.pop()) != "}":
        if token == "...":
            name = tokens.pop()
            if name == "on":
                tokens.pop()
                found["..."].append(_selection(tokens, used))
            else:
                used.add(name)
                found["..."].append(name)
        elif token == "(":
            _skip(tokens)
        elif token == "{":
            tokens.append("{")
            found[last] = _selection(tokens, used)
        elif token.startswith("@"):
            continue
        else:
            last = token
            found.setdefault(last, None)
    return found


def _skip(tokens: list[str]) -> None:
    depth = 1
    while depth:
        depth += {"(": 1, ")": -1}.get(tokens.pop(), 0)


def _project(value: Any, wanted: Selection | None, fragments: dict[str, Selection]) -> Any:
    if isinstance(value, list):
        return [_project(item, wanted, fragments) for item in value]
    if value is None or wanted is None:
        assert not isinstance(value, dict), f"an object without a selection: {value}"
        return value
    made: dict[str, Any] = {}
    for name, inner in wanted.items():
        if name != "...":
            made[name] = _project(value.get(name), inner, fragments)
    for spread in wanted["..."]:
        made |= _project(value, fragments[spread] if isinstance(spread, str) else spread, fragments)
    return made
