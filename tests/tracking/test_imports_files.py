"""Any table people have: encodings, delimiters, quotes, and what is no table at all."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.imports import matching
from tracking.imports.errors import BadFile
from tracking.imports.rows import LONGEST_LINE, rows
from tracking.imports.shape import examine


def read(raw: bytes):
    """Return the shape of a file and its rows."""
    file = io.BytesIO(raw)
    shape = examine(file)
    return shape, list(rows(file, shape))


TABLE = "Name,Größe\r\nAda,“L”\r\nBo,ü\r\n"


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        (TABLE.encode(), "utf-8"),
        (b"\xef\xbb\xbf" + TABLE.encode(), "utf-8"),
        (TABLE.encode("utf-16"), "utf-16-le"),
        (b"\xfe\xff" + TABLE.encode("utf-16-be"), "utf-16-be"),
        (TABLE.encode("utf-16-le"), "utf-16-le"),
        (TABLE.encode("cp1252"), "cp1252"),
    ],
)
def test_encodings_are_found_with_and_without_their_mark(raw, encoding):
    shape, found = read(raw)

    assert (shape.encoding, shape.columns) == (encoding, ("Name", "Größe"))
    assert [row.cells["Größe"] for row in found] == ["“L”", "ü"]
    assert found[-1].end == len(raw)
    assert bool(shape.notes) == (encoding == "cp1252")


def test_what_is_no_utf_8_only_far_behind_the_beginning_is_noticed():
    raw = b"name,note\n" + b"Ada,plain\n" * 60_000 + "Bo,Grüße\n".encode("cp1252")

    shape, found = read(raw)

    assert (shape.encoding, found[-1].cells["note"]) == ("cp1252", "Grüße")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_found_although_others_stand_in_cells(delimiter):
    head = delimiter.join(("name", "note", "total"))
    body = "\n".join(delimiter.join((f"n{i}", '"a, b; c | d\te"', "1")) for i in range(5))

    shape, found = read(f"{head}\n{body}\n".encode())

    assert (shape.delimiter, len(found), found[0].cells["total"]) == (delimiter, 5, "1")


def test_line_breaks_in_quoted_cells_are_part_of_the_cell():
    shape, found = read(b'name,note\n#1,"one\r\ntwo\n\nthree"\n#2,x\n')

    assert found[0].cells["note"] == "one\r\ntwo\n\nthree"
    assert [(row.line, row.end_line) for row in found] == [(2, 5), (6, 6)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_of_any_system_are_lines(end):
    _, found = read(end.join(("a,b", "1,2", "", "3,4")).encode())

    assert [row.cells for row in found] == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "empty"),
        (b"\n \n\n", "empty"),
        (b"name,total\n", "no rows"),
        (b"name,total\n,\n\n", "no rows"),
        (b"PK\x03\x04rest", "Excel workbook"),
        (b"\xd0\xcf\x11\xe0rest", "old Excel"),
        (b"%PDF-1.7", "PDF"),
        (bytes(range(256)) * 20, "not a text file"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b'[{"name": 1}]', "one JSON list"),
        (b"{nope}\n{neither}\n", "No line of this file is a JSON object"),
        (b"\xef\xbb\xbfname,total\n\xff\xff,1\n", "says it is UTF-8"),
        (",".join(f"c{n}" for n in range(501)).encode() + b"\n1\n", "501 columns"),
    ],
)
def test_what_is_no_table_is_refused_in_words(raw, words):
    with pytest.raises(BadFile, match=words):
        read(raw)


def test_two_hundred_columns_are_no_trouble():
    names = [f"column {n}" for n in range(200)]

    shape, found = read("\n".join((",".join(names), ",".join(map(str, range(200))))).encode())

    assert (len(shape.columns), found[0].cells["column 199"]) == (200, "199")


def test_columns_with_the_same_name_are_numbered_and_left_to_a_person():
    shape, found = read(b"Name,Total,total,\n#1,5,6,7\n")

    assert shape.columns == ("Name", "Total (1)", "total (2)")
    assert found[0].problem.startswith("This row has 4 cells")
    assert "“Total”" in shape.notes[0]
    assert matching.matched("orders", shape) == {"number": "Name"}


def test_a_row_with_a_cell_too_many_is_refused_and_its_neighbours_are_not():
    _, found = read(b"name,note\n#1,a\n#2,b,c\n#3,d,,\n")

    assert [bool(row.problem) for row in found] == [False, True, False]


def test_an_open_quotation_mark_costs_its_own_row_only():
    _, found = read(b'name,note\n#1,a\n#2,"open\n#3,"fine"\n#4,d\n#5,5" nail"s\n#6,"7"" ok"\n#7,"last\n')

    assert [(row.line, bool(row.problem)) for row in found] == [
        (2, False),
        (3, True),
        (4, False),
        (5, False),
        (6, False),
        (7, False),
        (8, True),
    ]
    assert found[5].cells["note"] == '7" ok'


def test_a_line_without_an_end_stops_before_it_fills_the_memory():
    file = io.BytesIO(b"name,note\n#1," + b"x" * (LONGEST_LINE + 10))

    with pytest.raises(BadFile, match="longer than"):
        list(rows(file, examine(file)))


def test_spreadsheets_apostrophes_are_taken_off_and_others_stay():
    _, found = read(b"a,b,c,d\n'02139,'+4930,'t Hooft,'=1+1\n")

    assert list(found[0].cells.values()) == ["02139", "+4930", "'t Hooft", "=1+1"]


def test_json_lines_are_rows_one_for_each_thing_in_a_list():
    told = {
        "number": "1",
        "ship": {"city": "Rome"},
        "lines": [{"sku": "A"}, {"sku": "B"}],
        "tags": ["x", "y"],
    }
    shape, found = read(f"{json.dumps(told)}\nnot json\n\n[1]\n".encode())

    assert shape.columns == ("number", "ship.city", "tags", "lines.sku")
    assert [(row.line, row.cells.get("lines.sku")) for row in found[:2]] == [(1, "A"), (1, "B")]
    assert found[0].cells["tags"] == "x, y"
    assert [row.problem for row in found[2:]] == ["This line is not JSON.", "This line is not a JSON object."]


CELL = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00", exclude_categories=("Cs", "Cc")), max_size=12
)


@given(
    st.lists(st.tuples(CELL, CELL), min_size=1, max_size=8),
    st.sampled_from(["utf-8", "utf-16-le", "utf-16-be"]),
)
def test_reading_can_go_on_after_any_row(cells, encoding):
    body = "".join(
        f'"{a.replace(chr(34), chr(34) * 2)}x","{b.replace(chr(34), chr(34) * 2)}\n"\r\n' for a, b in cells
    )
    mark = "\ufeff".encode(encoding)
    file = io.BytesIO(mark + f"left,right\n{body}".encode(encoding))
    shape = examine(file)
    whole = list(rows(file, shape))

    for place, row in enumerate(whole):
        assert list(rows(file, shape, offset=row.end, line=row.end_line)) == whole[place + 1 :]
    assert len(whole) == len(cells)
