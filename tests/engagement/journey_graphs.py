"""Graphs for tests of journeys: one of each kind of step, and random ones."""

from hypothesis import strategies as st

from engagement.journeys import editing
from engagement.journeys.graph import Graph, StepType, read

TRIGGER = {"type": "event", "events": ["tracking.shipment.delivered"], "once_for": "order"}
CARE = {
    "trigger": TRIGGER,
    "start": "wait",
    "steps": [
        {"id": "wait", "type": "wait", "days": 3, "hour": 10, "next": "ask"},
        {"id": "ask", "type": "branch", "rule": {"fact": "profile.orders", "op": "at_least", "value": 2},
         "next": "offer", "else": "tell"},
        {"id": "offer", "type": "offer", "percent": 10, "days_valid": 14, "next": "tell"},
        {"id": "tell", "type": "message", "kind": "delivered", "channel": "auto", "next": "listen"},
        {"id": "listen", "type": "wait_event", "event": "tracking.order.placed", "days": 14, "next": "",
         "else": "split"},
        {"id": "split", "type": "split", "ways": [
            {"name": "A", "weight": 1, "next": "wait"}, {"name": "B", "weight": 3}]},
    ],
    "goals": [{"event": "tracking.order.placed"}],
}  # fmt: skip
KINDS = [kind.value for kind in StepType]


@st.composite
def graphs(draw: st.DrawFn, most: int = 12) -> Graph:
    """Return any graph `read` takes: loops, joins, steps nobody reaches."""
    names = [f"s{number}" for number in range(draw(st.integers(1, most)))]
    target = st.sampled_from(["", *names])
    rows = []
    for name in names:
        kind = draw(st.sampled_from(KINDS))
        row = {"id": name, "type": kind, **editing._DEFAULTS.get(kind, {})}
        if kind == "split":
            count = draw(st.integers(2, 4))
            row["ways"] = [{"name": f"w{n}", "weight": 1, "next": draw(target)} for n in range(count)]
        elif kind != "end":
            row["next"] = draw(target)
            if kind in ("branch", "wait_event"):
                row["else"] = draw(target)
        rows.append(row)
    return read({"trigger": TRIGGER, "steps": rows, "start": names[0]})
