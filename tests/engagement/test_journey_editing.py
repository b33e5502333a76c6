"""Changes to a draft: whatever is done, a graph comes out that can be read, and nothing is lost unasked."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engagement.journeys import editing
from engagement.journeys.editing import START, BadEdit, as_json, reached
from engagement.journeys.graph import StepType, read
from tests.engagement.journey_graphs import CARE, KINDS, graphs


def same(graph):
    """Say whether a graph is read as it is written."""
    return as_json(read(as_json(graph))) == as_json(graph)


def ids(graph):
    return [step.id for step in graph.walk()]


def line(*kinds):
    rows = [
        {"id": kind, "type": kind, "next": after, **editing._DEFAULTS.get(kind, {})}
        for kind, after in zip(kinds, [*kinds[1:], ""], strict=True)
    ]
    return read({"trigger": CARE["trigger"], "steps": rows})


def test_a_new_journey_is_a_graph():
    assert same(editing.blank())


@given(graphs())
def test_what_is_written_is_read_the_same(graph):
    again = read(as_json(graph))

    assert (again.trigger, again.start, dict(again.steps)) == (graph.trigger, graph.start, dict(graph.steps))


def test_goals_and_their_rules_are_written():
    graph = read({**CARE, "exits": [{"event": "returns.return.requested", "filter": {"fact": "event.kind"}}]})

    assert same(graph)


@given(graphs(), st.sampled_from(KINDS), st.data())
def test_a_step_can_be_put_onto_every_way(graph, kind, data):
    ways = [START, *((step.id, name) for step in graph.steps.values() for name, _ in step.ways)]
    way = data.draw(st.sampled_from(ways))
    after = editing.target_of(graph, way)
    assume(kind != StepType.END or not after)

    grown, name = editing.insert(graph, kind, way)

    assert same(grown)
    assert editing.target_of(grown, way) == name
    assert {target for _, target in grown.steps[name].ways} <= {after}
    assert reached(graph) <= reached(grown)


@given(graphs(), st.data())
def test_taking_a_step_out_leaves_a_graph_and_what_was_not_reached_before(graph, data):
    name = data.draw(st.sampled_from(sorted(graph.steps)))
    try:
        left = editing.remove(graph, name)
    except BadEdit:
        assert name == graph.start
        return

    assert name not in left.steps
    assert same(left)
    assert set(graph.steps) - reached(graph) - {name} <= set(left.steps)


def test_a_branch_taken_out_keeps_the_way_that_was_asked_for():
    graph = read(CARE)

    yes, no = editing.remove(graph, "ask"), editing.remove(graph, "ask", keep="no")

    assert ids(yes) == ["wait", "offer", "tell", "listen", "split"]
    assert ids(no) == ["wait", "tell", "listen", "split"]
    assert "offer" not in no.steps


def test_the_last_step_stays():
    with pytest.raises(BadEdit, match="at least one step"):
        editing.remove(editing.blank(), "end")


def test_steps_change_places_up_and_down():
    graph = line("wait", "message", "tag", "end")

    assert ids(editing.move(graph, "tag", up=True)) == ["wait", "tag", "message", "end"]
    assert ids(editing.move(graph, "wait", up=False)) == ["message", "wait", "tag", "end"]
    assert ids(editing.move(editing.move(graph, "tag", up=True), "tag", up=False)) == ids(graph)


@given(graphs(), st.booleans(), st.data())
def test_changing_places_keeps_every_step_reached(graph, up, data):
    name = data.draw(st.sampled_from(sorted(reached(graph))))
    try:
        moved = editing.move(graph, name, up=up)
    except BadEdit:
        return

    assert same(moved)
    assert set(moved.steps) == set(graph.steps)
    assert reached(moved) >= reached(graph)


@pytest.mark.parametrize(
    ("name", "up", "why"),
    [
        ("wait", True, "Several ways lead"),
        ("tell", True, "Several ways lead"),
        ("split", True, "cannot change places"),
        ("listen", False, "Nothing comes after"),
        ("gone", True, "not there any more"),
    ],
)
def test_moves_without_a_clear_meaning_are_refused(name, up, why):
    with pytest.raises(BadEdit, match=why):
        editing.move(read(CARE), name, up=up)


def test_a_copy_stands_right_after_with_the_same_settings():
    graph, name = editing.copy(read(CARE), "tell")

    assert (name, graph.steps["tell"].next, graph.steps[name].next) == ("tell-2", "tell-2", "listen")
    assert graph.steps[name].settings == graph.steps["tell"].settings


@given(graphs(), st.data())
def test_a_copy_of_any_step_makes_a_graph(graph, data):
    name = data.draw(st.sampled_from(sorted(graph.steps)))
    assume(graph.steps[name].type != StepType.END)

    grown, made = editing.copy(graph, name)

    assert same(grown)
    assert set(grown.steps) == {*graph.steps, made}


def test_ways_can_lead_elsewhere_and_settings_change():
    graph = editing.change(read(CARE), "ask", {"rule": {}}, {"no": "", "yes": "tell"})

    assert graph.steps["ask"].ways == [("yes", "tell"), ("no", "")]
    assert ids(graph) == ["wait", "ask", "tell", "listen", "split"]


def test_a_new_way_of_a_split_leads_where_its_first_does():
    ways = [{"name": name, "weight": 1} for name in ("A", "B", "C")]

    graph = editing.change(read(CARE), "split", {"ways": ways})

    assert graph.steps["split"].ways == [("A", "wait"), ("B", ""), ("C", "wait")]


def test_a_way_to_a_step_that_is_gone_is_refused():
    with pytest.raises(BadEdit, match="that step is gone"):
        editing.change(read(CARE), "tell", {}, {"": "nowhere"})


def test_an_end_does_not_cut_off_what_follows():
    with pytest.raises(BadEdit, match="Something follows"):
        editing.insert(read(CARE), StepType.END, START)


def test_there_is_a_limit_to_steps():
    graph = editing.blank()
    for _ in range(editing.MOST_STEPS - 1):
        graph, _name = editing.insert(graph, StepType.WAIT, START)

    with pytest.raises(BadEdit, match="at most 60"):
        editing.insert(graph, StepType.WAIT, START)
