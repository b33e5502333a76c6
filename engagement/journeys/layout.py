"""
Where the boxes and lines of a flowchart stand. Pure: a graph goes in, places in pixels come out.

Layers from top to bottom; branches side by side, each in a lane of its own; what several ways lead to stands
under the step where they parted. Lines run through the gaps between layers and through lanes kept free for
them, so no line crosses a box. A way back up runs at the right edge.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from engagement.journeys.graph import Graph

WIDTH = 232.0  # of a box, in pixels at the usual size of text
WAY = 88.0  # of a box for each way out of it: the way's name stands there
LANE = 32.0  # of a line beside boxes
SPACE = 28.0  # between what stands side by side
GAP = 56.0  # between layers, before lines need more
TRACK = 14.0  # between lines that run side by side
MARGIN = 16.0
TOP, END = "\x00top", "\x00end"  # ids no step can have; END is followed by what leads there

Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A box: `x`, `y` its upper left corner."""

    id: str
    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        """The x in its middle."""
        return self.x + self.width / 2


@dataclass(frozen=True)
class Line:
    """A way: from the bottom of one box to the top of another, with the way's name; `back`: up again."""

    source: str
    target: str
    name: str
    points: tuple[Point, ...]
    back: bool = False


@dataclass(frozen=True)
class Layout:
    """Every box and line, and how large the picture is."""

    boxes: Mapping[str, Box]
    lines: Sequence[Line]
    width: float
    height: float


@dataclass
class _Node:
    id: str
    layer: int
    width: float
    children: list[str] = field(default_factory=list)
    joins: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Edge:
    source: str
    target: str
    name: str
    back: bool


def end_of(step_id: str, way: str) -> str:
    """Return the id of the little box that ends a way."""
    return f"{END}\x00{step_id}\x00{way}"


def lay_out(graph: Graph, heights: Mapping[str, float], *, end: tuple[float, float] = (64.0, 32.0)) -> Layout:
    """
    Return where everything of a graph stands.

    `heights` gives each step's box its height, and TOP that of what begins it; `end` is the size of the box
    that ends a way. Steps that nothing leads to stand in a row of their own at the bottom, without lines.
    """
    edges = _edges(graph)
    layers = _layers(edges)
    out = Counter(edge.source for edge in edges)
    size = {key: (max(WIDTH, out[key] * WAY), heights.get(key, 64.0)) for key in layers}
    size |= {key: end for key in layers if key.startswith(END)}
    across = _across(edges, layers, {key: width for key, (width, _) in size.items()})
    down, gaps = _down(edges, layers, {key: height for key, (_, height) in size.items()})
    left = min(middle - LANE / 2 for middle in across.values())
    left = min([left, *(across[key] - size[key][0] / 2 for key in layers)]) - MARGIN
    across = {key: middle - left for key, middle in across.items()}
    boxes = {key: Box(key, across[key] - size[key][0] / 2, down[layers[key]], *size[key]) for key in layers}
    right = max(
        [box.x + box.width for box in boxes.values()] + [middle + LANE / 2 for middle in across.values()]
    )
    lines, right = _lines(edges, layers, boxes, across, gaps, right)
    bottom = max(box.y + box.height for box in boxes.values())
    bottom = max([bottom, *(y for line in lines for _, y in line.points)])
    lost = [key for key in graph.steps if key not in layers]
    if lost:
        row = _row(lost, heights, bottom + GAP)
        boxes |= row
        right = max([right, *(box.x + box.width for box in row.values())])
        bottom = max(box.y + box.height for box in row.values())
    return Layout(boxes, lines, right + MARGIN, bottom + MARGIN)


def _row(ids: Iterable[str], heights: Mapping[str, float], y: float) -> dict[str, Box]:
    return {
        key: Box(key, MARGIN + place * (WIDTH + SPACE), y, WIDTH, heights.get(key, 64.0))
        for place, key in enumerate(ids)
    }


# --- layers ---
def _edges(graph: Graph) -> list[_Edge]:
    """Return every way of the steps that are reached; one that leads back to a step above is `back`."""
    ways: dict[str, list[tuple[str, str]]] = {TOP: [("", graph.start)]}
    for step in graph.walk():
        ways[step.id] = [(name, target or end_of(step.id, name)) for name, target in step.ways]
    done: set[str] = set()
    path: set[str] = set()
    found: list[_Edge] = []
    stack: list[tuple[str, int]] = [(TOP, 0)]
    path.add(TOP)
    while stack:
        here, place = stack.pop()
        if place == len(ways.get(here, [])):
            path.discard(here)
            done.add(here)
            continue
        stack.append((here, place + 1))
        name, target = ways[here][place]
        found.append(_Edge(here, target, name, target in path))
        if target not in path and target not in done:
            path.add(target)
            stack.append((target, 0))
    return found


def _order(edges: Sequence[_Edge]) -> list[str]:
    """Return the boxes so that each stands after all that lead to it."""
    waits: dict[str, int] = {TOP: 0}
    for edge in edges:
        if not edge.back:
            waits[edge.target] = waits.get(edge.target, 0) + 1
    out: dict[str, list[str]] = {}
    for edge in edges:
        if not edge.back:
            out.setdefault(edge.source, []).append(edge.target)
    ready, order = [TOP], []
    while ready:
        here = ready.pop(0)
        order.append(here)
        for target in out.get(here, []):
            waits[target] -= 1
            if not waits[target]:
                ready.append(target)
    return order


def _layers(edges: Sequence[_Edge]) -> dict[str, int]:
    """Return each box's layer: one below the lowest that leads to it."""
    layers = {TOP: 0}
    into: dict[str, list[str]] = {}
    for edge in edges:
        if not edge.back:
            into.setdefault(edge.target, []).append(edge.source)
    for key in _order(edges)[1:]:
        layers[key] = 1 + max(layers[source] for source in into[key])
    return layers


# --- across ---
def _lane(edge: _Edge) -> str:
    return f"{edge.source}\x01{edge.name}"


def _across(
    edges: Sequence[_Edge], layers: Mapping[str, int], widths: Mapping[str, float]
) -> dict[str, float]:
    """Return the middle x of every box, and of every lane of a line that passes layers."""
    nodes = {key: _Node(key, layer, widths[key]) for key, layer in layers.items()}
    into: dict[str, list[str]] = {}
    for edge in edges:
        if not edge.back:
            into.setdefault(edge.target, []).append(edge.source)
    above: dict[str, str] = {}
    for key in _order(edges)[1:]:
        above[key] = _meet(into[key], above, layers)
    lanes: dict[str, tuple[int, int]] = {}
    placed: set[str] = set()
    for edge in edges:
        if edge.back:
            continue
        own = above[edge.target] == edge.source and len(set(into[edge.target])) == 1
        if own and edge.target not in placed:
            nodes[edge.source].children.append(edge.target)
            placed.add(edge.target)
        elif layers[edge.target] - layers[edge.source] > 1:
            lanes[_lane(edge)] = (layers[edge.source] + 1, layers[edge.target] - 1)
            nodes[edge.source].children.append(_lane(edge))
    for key in sorted((key for key in above if key not in placed), key=lambda key: layers[key]):
        nodes[above[key]].joins.append(key)
    return _places(nodes, lanes)


def _meet(sources: Sequence[str], above: Mapping[str, str], layers: Mapping[str, int]) -> str:
    """Return where the ways to a box parted: the nearest box that all of them come through."""
    meet = sources[0]
    for other in sources[1:]:
        while meet != other:
            if layers[meet] >= layers[other]:
                meet = above[meet]
            else:
                other = above[other]
    return meet


_Shape = dict[int, tuple[float, float]]  # layer -> how far it reaches to the left and right


def _places(nodes: Mapping[str, _Node], lanes: Mapping[str, tuple[int, int]]) -> dict[str, float]:
    """Lay the boxes out from the leaves up: what stands below one is moved as a whole."""
    offsets: dict[str, float] = {}
    shapes: dict[str, _Shape] = {
        key: dict.fromkeys(range(first, last + 1), (-LANE / 2, LANE / 2))
        for key, (first, last) in lanes.items()
    }
    for key in sorted(nodes, key=lambda key: -nodes[key].layer):
        node = nodes[key]
        shape: _Shape = {}
        shifts: list[float] = []
        for child in node.children:
            shifts.append(_fit(shape, shapes[child]))
            _add(shape, shapes[child], shifts[-1])
        middle = (shifts[0] + shifts[-1]) / 2 if shifts else 0.0
        shape = {layer: (low - middle, high - middle) for layer, (low, high) in shape.items()}
        for child, shift in zip(node.children, shifts, strict=True):
            offsets[child] = shift - middle
        for child in node.joins:
            shift = 0.0 if _free(shape, shapes[child]) else _fit(shape, shapes[child])
            offsets[child] = shift
            _add(shape, shapes[child], shift)
        _add(shape, {node.layer: (-node.width / 2, node.width / 2)}, 0.0)
        shapes[key] = shape
    found = {TOP: 0.0}
    for key in sorted(nodes, key=lambda key: nodes[key].layer):
        for child in [*nodes[key].children, *nodes[key].joins]:
            found[child] = found[key] + offsets[child]
    return found


def _fit(shape: _Shape, other: _Shape) -> float:
    """Return how far `other` must be moved to the right to stand beside `shape`."""
    both = [shape[layer][1] + SPACE - other[layer][0] for layer in other if layer in shape]
    return max(both) if both else (0.0 if not shape else min(0.0, max(high for _, high in shape.values())))


def _free(shape: _Shape, other: _Shape) -> bool:
    """Say whether `other` can stand where it is."""
    return all(
        other[layer][0] >= shape[layer][1] + SPACE or other[layer][1] <= shape[layer][0] - SPACE
        for layer in other
        if layer in shape
    )


def _add(shape: _Shape, other: _Shape, shift: float) -> None:
    for layer, (low, high) in other.items():
        was = shape.get(layer, (low + shift, high + shift))
        shape[layer] = (min(was[0], low + shift), max(was[1], high + shift))


# --- down, and lines ---
def _gap_of(edge: _Edge, layers: Mapping[str, int]) -> list[tuple[int, str]]:
    """Return the gaps (by the layer above it) where a line runs sideways, each with what shares its track."""
    if not edge.back:
        return [(layers[edge.target] - 1, edge.target)]
    return [(layers[edge.source], _lane(edge)), (layers[edge.target] - 1, _lane(edge))]


def _down(
    edges: Sequence[_Edge], layers: Mapping[str, int], heights: Mapping[str, float]
) -> tuple[dict[int, float], dict[tuple[int, str], float]]:
    """Return each layer's y, and the y of each track in the gaps: lines to one box share theirs."""
    tracks: dict[int, list[str]] = {}
    for edge in edges:
        places = _gap_of(edge, layers)
        if not edge.back and layers[edge.target] - layers[edge.source] > 1:
            places.append((layers[edge.source], edge.source))  # into its lane
        for layer, name in places:
            names = tracks.setdefault(layer, [])
            if name not in names:
                names.append(name)
    ys: dict[int, float] = {}
    gaps: dict[tuple[int, str], float] = {}
    y = MARGIN
    for layer in range(max(layers.values()) + 1):
        ys[layer] = y
        y += max(heights[key] for key, one in layers.items() if one == layer)
        names = tracks.get(layer, [])
        for place, name in enumerate(names):
            gaps[layer, name] = y + GAP / 2 + place * TRACK
        y += GAP + max(len(names) - 1, 0) * TRACK
    return ys, gaps


def _lines(
    edges: Sequence[_Edge],
    layers: Mapping[str, int],
    boxes: Mapping[str, Box],
    across: Mapping[str, float],
    gaps: Mapping[tuple[int, str], float],
    right: float,
) -> tuple[list[Line], float]:
    """Return the lines, and how far they reach to the right."""
    made = []
    starts = _starts(edges, boxes)
    for edge in edges:
        source, target = boxes[edge.source], boxes[edge.target]
        x, y = starts[_lane(edge)], source.y + source.height
        if edge.back:
            right += TRACK
            low, high = gaps[layers[edge.source], _lane(edge)], gaps[layers[edge.target] - 1, _lane(edge)]
            side = target.middle + min(WIDTH / 4, target.width / 4)
            points = [(x, y), (x, low), (right, low), (right, high), (side, high), (side, target.y)]
        else:
            track = gaps[layers[edge.target] - 1, edge.target]
            points = [(x, y)]
            if layers[edge.target] - layers[edge.source] > 1:
                lane = across.get(_lane(edge), target.middle)
                first = gaps[layers[edge.source], edge.source]
                points += [(x, first), (lane, first), (lane, track)]
            else:
                points.append((x, track))
            points += [(target.middle, track), (target.middle, target.y)]
        made.append(Line(edge.source, edge.target, edge.name, _short(points), edge.back))
    return made, right


def _starts(edges: Sequence[_Edge], boxes: Mapping[str, Box]) -> dict[str, float]:
    """Return where each line leaves its box: side by side, in the order of the ways."""
    out: dict[str, list[_Edge]] = {}
    for edge in edges:
        out.setdefault(edge.source, []).append(edge)
    found = {}
    for key, mine in out.items():
        box = boxes[key]
        for place, edge in enumerate(mine, 1):
            found[_lane(edge)] = box.x + box.width * place / (len(mine) + 1)
    return found


def _short(points: Sequence[Point]) -> tuple[Point, ...]:
    """Return a line without points that stand in the same place."""
    kept = [points[0]]
    for point in points[1:]:
        if abs(point[0] - kept[-1][0]) > 0.01 or abs(point[1] - kept[-1][1]) > 0.01:
            kept.append(point)
    return tuple(kept)
