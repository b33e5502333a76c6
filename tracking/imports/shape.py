"""What sort of file it is: its encoding, its delimiter, its columns. Reads the whole file once, in pieces."""

import codecs
import csv
import io
import json
import re
import unicodedata
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any, BinaryIO

from tracking.imports.errors import BadFile

SAMPLE = 256 * 1024
CHUNK = 1024 * 1024
MOST_COLUMNS = 500
DELIMITERS = (",", ";", "\t", "|")
NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
ENCODINGS = {"utf-8": "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "cp1252": "Windows-1252"}

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_NOT_TEXT = (
    (
        b"PK\x03\x04",
        "This is an Excel workbook or a zip archive. Save the sheet as “CSV UTF-8” and take that.",
    ),
    (b"\xd0\xcf\x11\xe0", "This is an old Excel workbook. Save the sheet as “CSV UTF-8” and take that."),
    (b"%PDF", "This is a PDF."),
    (b"\x1f\x8b", "This file is compressed. Unpack it first."),
)
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "œ": "oe"})
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
# What JSON can name and neither a page nor a database can hold.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)


@dataclass(frozen=True)
class Shape:
    """
    How a file is to be read. `start` is the byte where the first row begins, `line` the last line before it.

    `columns` are unique names in the file's order; `doubled` those that had to be numbered to be so.
    """

    format: str
    encoding: str
    delimiter: str
    columns: tuple[str, ...]
    start: int
    line: int
    doubled: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())

    def stored(self) -> dict[str, Any]:
        """Return it as JSON can keep it."""
        return asdict(self)


def restored(kept: dict[str, Any]) -> Shape:
    """Return what `stored` made, as it was."""
    lists = {name: tuple(kept[name]) for name in ("columns", "doubled", "notes")}
    return Shape(**{**kept, **lists})


def examine(file: BinaryIO) -> Shape:
    """
    Return the shape of a file. Raises: BadFile for what is no CSV or JSONL, or has no rows.

    Every byte is looked at, so that an encoding is never found wrong half-way.
    """
    encoding, begin, notes = _encoding(file)
    file.seek(begin)
    raw = file.read(SAMPLE)
    whole = len(raw) < SAMPLE
    text = codecs.getincrementaldecoder(encoding)("replace").decode(raw, whole)
    if not text.strip():
        raise BadFile("The file is empty.")
    first = text.lstrip()
    if first.startswith("["):
        raise BadFile("This is one JSON list. Write one object per line instead (JSONL).")
    if first.startswith("{"):
        return Shape("jsonl", encoding, "", _keys(text, whole), begin, 0, notes=notes)
    if first[:15].lower().startswith(("<!doctype", "<html", "<?xml")):
        raise BadFile("This is a web page or XML, not a table. Was it downloaded without logging in?")
    return _csv(text, whole, encoding, begin, notes)


# --- encoding


def _encoding(file: BinaryIO) -> tuple[str, int, tuple[str, ...]]:
    """Return the encoding, how long its mark at the beginning is, and what staff should know of it."""
    file.seek(0)
    head = file.read(SAMPLE)
    if not head:
        raise BadFile("The file is empty.")
    for magic, words in _NOT_TEXT:
        if head.startswith(magic):
            raise BadFile(words)
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            if not _decodes(file, encoding, len(mark)):
                raise BadFile(f"The file says it is {ENCODINGS[encoding]}, but not all of it is.")
            return encoding, len(mark), ()
    wide = _wide(head)
    if wide and _decodes(file, wide, 0):
        return wide, 0, ()
    if _CONTROL.search(head):
        raise BadFile("This is not a text file.")
    if _decodes(file, "utf-8", 0):
        return "utf-8", 0, ()
    return (
        "cp1252",
        0,
        ("The file is not UTF-8. It is read as Windows-1252: look at accents and umlauts below.",),
    )


def _wide(head: bytes) -> str:
    """Return which UTF-16 a text without a mark is, '' when it is none: half its bytes are zero then."""
    pairs = max(len(head) // 2, 1)
    if head[1::2].count(0) > 0.4 * pairs:
        return "utf-16-le"
    return "utf-16-be" if head[::2].count(0) > 0.4 * pairs else ""


def _decodes(file: BinaryIO, encoding: str, begin: int) -> bool:
    file.seek(begin)
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        while chunk := file.read(CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return False
    return True


def size_of(text: str, encoding: str) -> int:
    """Return how many bytes a piece of the file took."""
    if encoding == "cp1252" or (encoding == "utf-8" and text.isascii()):
        return len(text)
    return len(text.encode(encoding, "surrogatepass"))


# --- CSV


def _csv(text: str, whole: bool, encoding: str, begin: int, notes: tuple[str, ...]) -> Shape:
    told = _SEPARATOR_LINE.match(text)
    skipped = told[0] if told else ""
    delimiter = told[1] if told else _delimiter(text, whole)
    lines = io.StringIO(text[len(skipped) :], newline="")
    counted = _Counted(lines)
    try:
        header: list[str] = next(
            (cells for cells in csv.reader(counted, delimiter=delimiter, strict=True) if any(_named(cells))),
            [],
        )
    except csv.Error as exc:
        raise BadFile("The first row, which should name the columns, cannot be read.") from exc
    columns, doubled = _columns(header)
    if not any(line.strip(f'{delimiter}" \t\r\n') for line in lines):
        raise BadFile("The file names its columns and has no rows.")
    start = begin + size_of(skipped + counted.taken, encoding)
    if doubled:
        names = ", ".join(f"“{name}”" for name in doubled)
        notes = (*notes, f"Several columns have the same name: {names}. They are numbered below.")
    return Shape("csv", encoding, delimiter, columns, start, counted.lines + bool(skipped), doubled, notes)


class _Counted:
    """Lines handed on to the CSV reader, kept so that the header's length is known."""

    def __init__(self, lines: io.StringIO) -> None:
        self.source = lines
        self.taken = ""
        self.lines = 0

    def __iter__(self) -> "_Counted":
        return self

    def __next__(self) -> str:
        line = next(self.source)
        self.taken += line
        self.lines += 1
        return line


def _named(cells: list[str]) -> list[str]:
    return [" ".join(cell.replace("\x00", "").split())[:200] for cell in cells]


def _columns(header: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return unique names, and those that stood there more than once."""
    names = _named(header)
    while names and not names[-1]:
        names.pop()
    if len(names) > MOST_COLUMNS:
        raise BadFile(f"The file has {len(names)} columns; {MOST_COLUMNS} are the most that are read.")
    keys = [name.casefold() for name in names]
    seen: dict[str, int] = {}
    unique, doubled = [], []
    for place, (name, key) in enumerate(zip(names, keys, strict=True), 1):
        seen[key] = seen.get(key, 0) + 1
        if not name:
            unique.append(f"Column {place}")
        elif keys.count(key) > 1:
            unique.append(f"{name} ({seen[key]})")
            doubled += [name] if seen[key] == 1 else []
        else:
            unique.append(name)
    return tuple(unique), tuple(doubled)


def _delimiter(text: str, whole: bool) -> str:
    """Return the delimiter by which most rows have as many cells as the first, and most cells."""

    def score(delimiter: str) -> tuple[bool, float, int]:
        rows = _sample(text, delimiter, whole)
        width = len(rows[0]) if rows else 0
        same = sum(len(row) == width for row in rows) / max(len(rows), 1)
        return width > 1, round(same, 2), width

    return max(DELIMITERS, key=score)


def _sample(text: str, delimiter: str, whole: bool) -> list[list[str]]:
    """Return up to 50 rows as `delimiter` cuts them; a row the sample may have cut is left out."""
    found: list[list[str]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for cells in reader:
            if cells:
                found.append(cells)
            if len(found) > 50:
                break
    except csv.Error:
        return found
    return found if whole or len(found) > 50 else found[:-1] or found


# --- JSONL


def _keys(text: str, whole: bool) -> tuple[str, ...]:
    """Return the names of what the first objects hold, in the order they first stand there."""
    # Not splitlines(): JSON may hold other separators (U+2028, U+0085) as they are.
    lines = re.split(r"\r\n|\r|\n", text)
    lines = lines if whole else lines[:-1] or lines
    names: dict[str, None] = {}
    read = 0
    for line in lines[:2000]:
        try:
            told = json.loads(line, parse_float=fraction)
        except (ValueError, RecursionError):
            continue
        if isinstance(told, dict):
            read += 1
            for row in flattened(told):
                names.update(dict.fromkeys(row))
    if not read:
        raise BadFile("No line of this file is a JSON object. Write one object per line (JSONL).")
    if len(names) > MOST_COLUMNS:
        raise BadFile(f"The objects have {len(names)} names; {MOST_COLUMNS} are the most that are read.")
    return tuple(names)


def fraction(told: str) -> Decimal:
    """Return a number of JSON. Raises: ValueError for one with more digits before the point than fit."""
    try:
        return Decimal(told)
    except ArithmeticError as exc:
        raise ValueError(f"{told[:40]} cannot be held") from exc


def storable(told: str) -> str:
    """Return a text without what neither a page nor a database can hold."""
    return _UNSTORABLE.sub("", told)


def flattened(told: dict[str, Any]) -> list[dict[str, Any]]:
    """
    Return an object as rows: what is nested gets a name with a dot, a list of objects a row for each.

    {"number": "1", "lines": [{"sku": "A"}, {"sku": "B"}]} makes two rows with number and lines.sku.
    """
    flat: dict[str, Any] = {}
    children: list[dict[str, Any]] = []
    _flatten(told, "", flat, children, 0)
    return [flat | child for child in children] or [flat]


def _flatten(
    told: dict[str, Any], before: str, flat: dict[str, Any], children: list[dict[str, Any]], depth: int
) -> None:
    for key, value in told.items():
        name = storable(f"{before}{key}")[:200]
        if isinstance(value, dict) and depth < 4:
            _flatten(value, f"{name}.", flat, children, depth + 1)
        elif isinstance(value, list) and any(isinstance(each, dict) for each in value):
            for each in value:
                child: dict[str, Any] = {}
                if isinstance(each, dict) and depth < 4:
                    _flatten(each, f"{name}.", child, [], depth + 1)
                children.append(child)
        elif isinstance(value, list):
            flat[name] = storable(", ".join(str(each) for each in value if each is not None))
        elif isinstance(value, dict):
            flat[name] = json.dumps(value, default=str)
        else:
            flat[name] = storable(value) if isinstance(value, str) else value


def header_key(name: str) -> str:
    """Return a column's name as it is compared: lower-case letters and digits, no accents."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFC", name).casefold().translate(_UMLAUTS))
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(re.sub(r"[^a-z0-9#]+", " ", plain).split())
