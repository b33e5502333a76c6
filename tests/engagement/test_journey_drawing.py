"""The flowchart: nothing overlaps, every line goes from box to box and through none."""

import itertools
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from engagement.journeys.draw import COLUMNS, Look, _length, _wrapped, draw, outline
from engagement.journeys.graph import read
from engagement.journeys.layout import TOP, end_of, lay_out
from tests.engagement.journey_graphs import CARE, graphs

HEIGHTS = st.floats(40, 120)


def overlap(a, b) -> bool:
    return a.x < b.x + b.width and b.x < a.x + a.width and a.y < b.y + b.height and b.y < a.y + a.height


def crosses(box, one, two) -> bool:
    """Say whether a level or upright stretch runs through the inside of a box."""
    (x1, y1), (x2, y2) = one, two
    low, high, left, right = min(y1, y2), max(y1, y2), min(x1, x2), max(x1, x2)
    return (
        left < box.x + box.width - 1
        and right > box.x + 1
        and low < box.y + box.height - 1
        and high > box.y + 1
    )


def heights_of(draw, graph):
    return {key: draw(HEIGHTS) for key in [TOP, *graph.steps]}


@settings(max_examples=300, deadline=None)
@given(graphs(), st.data())
def test_nothing_overlaps(graph, data):
    found = lay_out(graph, heights_of(data.draw, graph))

    assert set(graph.steps) <= set(found.boxes)
    for one, two in itertools.combinations(found.boxes.values(), 2):
        assert not overlap(one, two), (one, two)
    for box in found.boxes.values():
        assert box.x >= 0
        assert box.y >= 0
        assert box.x + box.width <= found.width
        assert box.y + box.height <= found.height


@settings(max_examples=300, deadline=None)
@given(graphs(), st.data())
def test_every_line_goes_from_box_to_box_and_through_none(graph, data):
    found = lay_out(graph, heights_of(data.draw, graph))

    for line in found.lines:
        source, target = found.boxes[line.source], found.boxes[line.target]
        (x, y), (end_x, end_y) = line.points[0], line.points[-1]
        assert source.x < x < source.x + source.width
        assert y == source.y + source.height
        assert target.x < end_x < target.x + target.width
        assert abs(end_y - target.y) < 0.02
        for one, two in itertools.pairwise(line.points):
            assert one[0] == two[0] or one[1] == two[1], "level or upright"
            assert 0 <= two[0] <= found.width
            assert 0 <= two[1] <= found.height
            through = [box.id for box in found.boxes.values() if crosses(box, one, two)]
            assert not through, (line, through)


@given(graphs())
def test_every_way_of_a_step_that_is_reached_has_its_line(graph):
    found = lay_out(graph, {})

    wanted = {(TOP, graph.start, "")}
    for step in graph.walk():
        wanted |= {(step.id, target or end_of(step.id, name), name) for name, target in step.ways}
    assert {(line.source, line.target, line.name) for line in found.lines} == wanted
    assert len(found.lines) == len(wanted)


def test_a_loop_is_drawn_back_and_branches_stand_side_by_side():
    found = lay_out(read(CARE), {})

    back = [line for line in found.lines if line.back]
    assert [(line.source, line.target, line.name) for line in back] == [("split", "wait", "A")]
    assert found.boxes["offer"].y > found.boxes["ask"].y
    assert found.boxes["tell"].y > found.boxes["offer"].y
    assert abs(found.boxes["tell"].middle - found.boxes["ask"].middle) < 1


# --- the picture and the list ---
def told(items) -> list[str]:
    """Return the ids of the steps an outline tells, those told again left out."""
    found = []
    for item in items:
        if item.step and not item.again:
            found.append(item.step.id)
        for way in item.ways:
            found += told(way.items)
    return found


@settings(deadline=None)
@given(graphs())
def test_the_list_tells_every_step_once(graph):
    assert sorted(told(outline(graph))) == sorted(graph.steps)


@settings(deadline=None)
@given(graphs())
def test_any_graph_becomes_sound_xml(graph):
    look = Look(
        link=lambda key: f"/step/{key}/".replace("\x00", ""),
        plus=lambda key, way: f"/new/?at={key}&way={way}",
    )

    tree = ElementTree.fromstring(draw(graph, look))  # noqa: S314 (ours)

    links = [each for each in tree.iter() if each.tag.endswith("}a")]
    ways = 1 + sum(len(step.ways) for step in graph.walk())
    assert len(links) == 1 + len(graph.steps) + ways
    assert not any("style" in each.attrib for each in tree.iter())


def test_words_counts_and_problems_stand_in_the_box():
    look = Look(counts={"wait": "12 here, 340 came"}, marks={"tell": "Nobody wrote its words"}, chosen="wait")

    picture = draw(read(CARE), look, name="Care tips")

    for words in (
        "3 days, then until 10:00 where",
        "12 here, 340 came",
        "! Nobody wrote its words",
        "Care tips",
    ):
        assert words in picture
    assert "flow__box--chosen" in picture
    assert 'role="img"' in picture


def test_what_people_wrote_is_escaped():
    graph = read({**CARE, "steps": [{"id": "a", "type": "tag", "name": '<script>"&'}], "start": "a"})

    picture = draw(graph, Look(counts={"a": "<b>"}))

    assert "<script>" not in picture
    assert "<b>" not in picture


@given(st.text(max_size=400))
def test_no_line_of_a_box_is_too_long(text):
    lines = _wrapped(text)

    assert len(lines) <= 4
    assert all(_length(line) <= COLUMNS for line in lines)


def test_long_words_are_cut_and_say_so():
    assert _wrapped("Donaudampfschifffahrtsgesellschaftskapitaen") == ["Donaudampfschifffahrtsgesellsc…"]
    assert _wrapped("word " * 60)[-1].endswith("…")


def test_the_list_says_where_ways_come_together_again():
    items = outline(read(CARE))

    ask = next(item for item in items if item.step and item.step.id == "ask")
    yes, no = ask.ways
    assert (yes.name, no.name) == ("Yes", "No")
    assert [item.step.id for item in no.items] == ["tell"]
    assert no.items[0].again
