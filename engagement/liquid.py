"""
Liquid in a box. Marketers write templates: nothing they write may read beyond the data, run long or grow
large.

What is allowed is listed here; all else of the language is refused. Data comes in as plain dicts, so there
are no attributes to climb. Every value is weighed as it is made, every loop and filter counted.
"""

import functools
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TextIO

from liquid import BoundTemplate, Environment, RenderContext
from liquid.builtin.expressions import tokenize
from liquid.builtin.output import Output, OutputNode
from liquid.builtin.tags.capture_tag import CaptureNode, CaptureTag
from liquid.builtin.tags.echo_tag import EchoNode, EchoTag
from liquid.exceptions import LiquidError, LiquidSyntaxError, ResourceLimitError
from liquid.static_analysis import TemplateAnalysis
from liquid.stringify import to_liquid_string
from liquid.token import TOKEN_EXPRESSION, TOKEN_RANGE, TOKEN_RANGE_LITERAL, Token
from liquid.undefined import StrictUndefined, Undefined

from engagement import liquid_words

SOURCE_LIMIT = 64 * 1024  # characters of a template
OUTPUT_LIMIT = 64 * 1024  # bytes it may write: more could not become a mail of 100 kB
VALUE_LIMIT = 64 * 1024  # characters in one value, or in all members of a list together
TAG_LIMIT = 600  # characters between {{ and }}
LOOPS = 2_000  # turns of all loops together
FILTERS = 4_000  # calls of filters
SECONDS = 2.0  # and no matter what, this long

TAGS = {"if", "unless", "case", "for", "break", "continue", "assign", "capture", "comment", "#", "echo"}
FILTERS_ALLOWED = {
    "abs", "append", "at_least", "at_most", "capitalize", "ceil", "compact", "concat", "default",
    "divided_by", "downcase", "first", "floor", "join", "last", "lstrip", "map", "minus", "modulo",
    "plus", "prepend", "remove", "remove_first", "remove_last", "replace", "replace_first",
    "replace_last", "reverse", "round", "rstrip", "size", "slice", "sort", "split", "strip",
    "strip_newlines", "sum", "times", "truncate", "truncatewords", "uniq", "upcase", "url_encode",
    "where",
}  # fmt: skip
# `raw` and `doc` are understood by the lexer itself, at quadratic cost when they are never closed.
_LEXED = re.compile(r"\{%-?\s*(raw|doc|enddoc|endraw)\b")
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_OF_LANGUAGE = {"first", "last", "size"}  # members that every list has
_NO_CLOCK = {"now": None, "today": None}  # the language would read it by these names
_SPACE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class TemplateError(ValueError):
    """A template that cannot be used. The message says why, in words for the person who wrote it."""


class Markdown(str):
    """Text that is Markdown already, because this template wrote it (`capture`)."""


def escape_markdown(text: str) -> str:
    """
    Return `text` so that Markdown shows it as it is: on one line, every sign that could mean something
    escaped.
    """
    return _PUNCTUATION.sub(r"\\\1", _SPACE.sub(" ", text))


def _weigh(value: Any) -> Any:
    """Return `value`, unless it is larger than a message has any use for."""
    if isinstance(value, str):
        size = len(value)
    elif isinstance(value, int | float):
        size = 0 if -1e18 < value < 1e18 else VALUE_LIMIT + 1
    elif isinstance(value, list | tuple):
        size = sum(len(item) if isinstance(item, str) else 1 for item in value)
    else:
        size = 0
    if size > VALUE_LIMIT:
        raise ResourceLimitError("a value grows too large", token=None)
    return value


def _expect(size: int) -> None:
    if size > VALUE_LIMIT:
        raise ResourceLimitError("a value grows too large", token=None)


def _grown(name: str, value: Any, args: tuple[Any, ...]) -> None:
    """Refuse, before it is made, a result that is much larger than what goes in."""
    if name == "replace" and args:
        old, new = str(args[0]), str(args[1]) if len(args) > 1 else ""
        _expect(len(str(value)) + str(value).count(old) * len(new))
    elif name == "join" and isinstance(value, list | tuple):
        _expect(sum(len(str(item)) for item in value) + len(value) * len(str(args[0]) if args else " "))
    elif name == "round" and args:
        _expect(0 if isinstance(args[0], int) and -20 <= args[0] <= 20 else VALUE_LIMIT + 1)


def _careful(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def filtered(value: Any, *args: Any, **kwargs: Any) -> Any:
        for given in (value, *args):
            _weigh(given)
        _grown(name, value, args)
        return _weigh(function(value, *args, **kwargs))

    return filtered


class _Context(RenderContext):
    """Counts what a template does."""

    __slots__ = ("ends", "filtered", "turns")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.turns = self.filtered = 0
        self.ends = time.monotonic() + SECONDS

    def _within(self, used: int, limit: int, what: str) -> None:
        if used > limit or time.monotonic() > self.ends:
            raise ResourceLimitError(f"it takes too long ({what})", token=None)

    def raise_for_loop_limit(self, length: int = 1) -> None:
        self.turns += length
        self._within(self.turns, LOOPS, "loops")

    def filter(self, name: str, token: Token | None) -> Callable[..., object]:
        self.filtered += 1
        self._within(self.filtered, FILTERS, "filters")
        return super().filter(name, token)


class _Template(BoundTemplate):
    context_class = _Context


def _written(value: Any) -> str:
    _weigh(value)
    return to_liquid_string(value, False)


class _MarkdownOutputNode(OutputNode):
    """Output whose value cannot become Markdown: a customer may be called **Bob** or [click](here)."""

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        value = self.expression.evaluate(context)
        return buffer.write(value if isinstance(value, Markdown) else escape_markdown(_written(value)))


class _MarkdownEchoNode(EchoNode):
    render_to_output = _MarkdownOutputNode.render_to_output


class _MarkdownCaptureNode(CaptureNode):
    def _assign(self, context: RenderContext, buf: Any) -> None:
        context.assign(self.name, Markdown(buf.getvalue()))


class _Output(Output):
    node_class = _MarkdownOutputNode


class _Echo(EchoTag):
    node_class = _MarkdownEchoNode


class _Capture(CaptureTag):
    node_class = _MarkdownCaptureNode


class _Box(Environment):
    """The language that is left when everything not listed above is taken away."""

    template_class = _Template
    output_stream_limit = OUTPUT_LIMIT
    local_namespace_limit = 4 * VALUE_LIMIT

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=False)
        internal = {name for name, tag in self.tags.items() if not name.isalpha() and name != "#"} | {
            "content",
            "output",
            "illegal",
        }
        self.tags = {name: tag for name, tag in self.tags.items() if name in TAGS | internal}
        self.filters = {name: _careful(name, self.filters[name]) for name in FILTERS_ALLOWED}

    def error(
        self, exc: type[LiquidError] | LiquidError, msg: str | None = None, token: Token | None = None
    ) -> None:
        """Blame the tag where the language blames the end of what stands in it, which has no line."""
        lost = isinstance(exc, LiquidError) and exc.token is not None and exc.token.start_index < 0
        if lost and token is not None and token.start_index >= 0:
            exc.token = token  # type: ignore[union-attr]
        super().error(exc, msg, token)

    def tokenizer(self) -> Callable[[str], Iterator[Token]]:
        inner = super().tokenizer()

        def tokens(source: str) -> Iterator[Token]:
            for token in inner(source):
                if token.kind == TOKEN_EXPRESSION and ".." in token.value:
                    kinds = {part.kind for part in tokenize(token.value, token)}
                    if kinds & {TOKEN_RANGE, TOKEN_RANGE_LITERAL}:
                        raise LiquidSyntaxError("ranges such as (1..5) are not available", token=token)
                yield token

        return tokens


def _box(*, markdown: bool, strict: bool) -> _Box:
    box = _Box(undefined=StrictUndefined if strict else Undefined)
    if markdown:
        for tag in (_Output, _Echo, _Capture):
            box.add_tag(tag)
    return box


_BOXES = {
    (markdown, strict): _box(markdown=markdown, strict=strict)
    for markdown in (True, False)
    for strict in (True, False)
}


def _look_over(source: str) -> None:
    """Refuse what would already be costly to read: every tag must end, soon."""
    if len(source) > SOURCE_LIMIT:
        line = _line(source, SOURCE_LIMIT)
        raise TemplateError(f"Line {line}: here the text is longer than {SOURCE_LIMIT // 1024} kB.")
    found = _LEXED.search(source)
    if found:
        raise TemplateError(f"Line {_line(source, found.start())}: {{% {found[1]} %}} is not available.")
    for opening, closing in (("{{", "}}"), ("{%", "%}")):
        start = source.find(opening)
        while start >= 0:
            end = source.find(closing, start, start + TAG_LIMIT)
            if end < 0:
                raise TemplateError(
                    f"Line {_line(source, start)}: {opening} is not closed by {closing}"
                    f" within {TAG_LIMIT} characters."
                )
            start = source.find(opening, end)


@functools.lru_cache(maxsize=512)
def _parsed(source: str, markdown: bool, strict: bool) -> BoundTemplate:
    _look_over(source)
    return _BOXES[markdown, strict].from_string(source)


def check(source: str) -> None:
    """Raise TemplateError, in words, when `source` is not a template that could be used."""
    _analysis(source)


def _analysis(source: str) -> TemplateAnalysis:
    """Return what `source` names. Filters are looked up too: else only the branches that run would tell."""
    try:
        found = _parsed(source, True, False).analyze(include_partials=False)
    except TemplateError:
        raise
    except Exception as exc:
        raise TemplateError(liquid_words.of(exc, source)) from None
    unknown = [(spans[0].index, name) for name, spans in found.filters.items() if name not in FILTERS_ALLOWED]
    if unknown:
        index, name = min(unknown)
        raise TemplateError(f"Line {_line(source, index)}: there is no filter “{name}”")
    return found


def _line(source: str, index: int) -> int:
    return source.count("\n", 0, max(index, 0)) + 1


@dataclass(frozen=True)
class Name:
    """A name that a template reads from its data: `order.number`, and the line it stands in (from 1)."""

    path: str
    line: int


def names(source: str) -> list[Name]:
    """
    Return what `source` reads from its data, in the order of the lines; nothing it assigned or loops over.

    A path ends where an index or a member of the language (`first`, `last`, `size`) begins: of
    `order.items[0].title` it is `order.items`. Raises: TemplateError, as `check`.
    """
    found = {
        Name(_path(variable.segments), _line(source, variable.span.index))
        for variables in _analysis(source).globals.values()
        for variable in variables
    }
    return sorted(found, key=lambda name: (name.line, name.path))


def _path(segments: Sequence[Any]) -> str:
    """Return the leading members of a variable, as far as they are plain names."""
    plain = [str(segments[0])]
    for segment in segments[1:]:
        if not isinstance(segment, str) or segment in _OF_LANGUAGE:
            break
        plain.append(segment)
    return ".".join(plain)


def variables(source: str) -> set[str]:
    """Return the paths that `source` reads: {"order.number", "first_name"}. Raises: TemplateError."""
    return {name.path for name in names(source)}


def render(source: str, data: Mapping[str, Any], *, markdown: bool = True, strict: bool = False) -> str:
    """
    Fill `source` with `data` (plain dicts, lists, texts, numbers).

    With `markdown`, values are escaped so that only the template makes Markdown; without, they stand as they
    are. With `strict`, a name that `data` lacks is an error instead of nothing. Raises: TemplateError.
    """
    try:
        return _parsed(source, markdown, strict).render(_NO_CLOCK | dict(data))
    except TemplateError:
        raise
    except Exception as exc:  # whatever a template manages to break is the template's fault
        raise TemplateError(liquid_words.of(exc, source)) from None
