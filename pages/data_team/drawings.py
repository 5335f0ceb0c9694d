"""The drawings of the data team's page: the lineage of the marts, and how late figures were. Inline SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from markupsafe import Markup

from dashapp.ui.desk.html_component import Html
from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import say
from data.tables.lineage import lineage, stages

#: Half of a station's box, and the room of one stage and one lane, in the units of the drawing.
_HALF_W, _HALF_H = 56, 22
#: From one lane to the next across a wide screen at least, and lanes beside one another on a narrow one at most.
_ROOM, _ABREAST = 2 * _HALF_H + 10, 3
#: Late from here on (jobs/catalog/watch_freshness.py LATE), in milliseconds.
LATE_MS = 60_000


@dataclass(frozen=True)
class _Box:
    name: str
    x: float
    y: float


def lineage_drawing(notes: Mapping[str, str]) -> list[Html]:
    """From the inbox to the views, across for a wide screen and down for a narrow one (CSS shows one of them).

    `notes`: by station the small text under its name, such as "1,234 rows".
    """
    graph = lineage()
    said = "; ".join(
        say(
            "{name} from {parts}",
            name=name.replace("_", " "),
            parts=say(" and ").join(one.replace("_", " ") for one in made_of),
        )
        for name, made_of in graph.items()
        if made_of
    )
    label = say("What is made of what: {said}.", said=said)
    return [
        Html(_draw(graph, notes, label, tall=False), className="dd-lineage dd-wide"),
        Html(_draw(graph, notes, label, tall=True), className="dd-lineage dd-tall"),
    ]


def _draw(
    graph: Mapping[str, tuple[str, ...]], notes: Mapping[str, str], label: str, *, tall: bool
) -> Markup:
    boxes: dict[str, _Box] = {}
    columns = stages(dict(graph))
    if tall:  # no more side by side than can be read on a phone
        columns = [part for names in columns for part in _rows(names)]
    along, across = (76, 122) if tall else (158, max(62, (max(map(len, columns)) - 1) * _ROOM // 2))
    for stage, names in enumerate(columns):
        for number, name in enumerate(names):
            lane = 1.0 if len(names) == 1 else number * 2 / (len(names) - 1)
            step, side = stage * along, lane * across
            first = _HALF_H if tall else _HALF_W
            other = _HALF_W if tall else _HALF_H
            at = (side + other + 1, step + first + 1) if tall else (step + first + 1, side + other + 1)
            boxes[name] = _Box(name, *at)
    width = max(box.x for box in boxes.values()) + _HALF_W + 1
    height = max(box.y for box in boxes.values()) + _HALF_H + 1
    edges = Markup("").join(
        Markup('<path class="dd-edge" d="{}"/>').format(_edge(boxes[source], boxes[name], tall=tall))
        for name, made_of in graph.items()
        for source in made_of
    )
    stations = Markup("").join(
        Markup(
            '<g class="dd-station{}"><rect x="{}" y="{}" width="{}" height="{}" rx="8"/>'
            '<text x="{}" y="{}">{}</text>{}</g>'
        ).format(
            "" if notes.get(box.name) is not None else " dd-end",
            box.x - _HALF_W,
            box.y - _HALF_H,
            _HALF_W * 2,
            _HALF_H * 2,
            box.x,
            box.y - 2 if notes.get(box.name) else box.y + 4,
            box.name,
            Markup('<text class="dd-note" x="{}" y="{}">{}</text>').format(box.x, box.y + 13, note)
            if (note := notes.get(box.name))
            else "",
        )
        for box in boxes.values()
    )
    return Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}" focusable="false">{}{}</svg>').format(
        width, height, label, edges, stations
    )


def _rows(names: list[str]) -> list[list[str]]:
    """A stage in as few rows as hold _ABREAST at most, each about as long as the others."""
    size = ceil(len(names) / ceil(len(names) / _ABREAST))
    return [names[start : start + size] for start in range(0, len(names), size)]


def _edge(source: _Box, target: _Box, *, tall: bool) -> str:
    """A curve that leaves one box and meets the next in the direction of the flow."""
    if tall:
        x1, y1, x2, y2 = source.x, source.y + _HALF_H, target.x, target.y - _HALF_H
        bend = (y2 - y1) / 2
        return f"M{x1},{y1}C{x1},{y1 + bend} {x2},{y2 - bend} {x2},{y2}"
    x1, y1, x2, y2 = source.x + _HALF_W, source.y, target.x - _HALF_W, target.y
    bend = (x2 - x1) / 2
    return f"M{x1},{y1}C{x1 + bend},{y1} {x2 - bend},{y2} {x2},{y2}"


def lag_bars(worst: Sequence[int | None], name: str) -> Html:
    """The worst lag of each half hour as a bar; where nothing came there is none."""
    known = [one for one in worst if one is not None]
    if not known:
        return Html(Markup(""), tag="span")
    top = max(2_000, *known)
    bars = Markup("").join(
        Markup('<rect class="{}" x="{}" y="{}" width="1.6" height="{}"/>').format(
            "dd-bar dd-late" if lag > LATE_MS else "dd-bar", round(number * 2 + 0.2, 1), round(24 - h, 2), h
        )
        for number, lag in enumerate(worst)
        if lag is not None and (h := round(max(1.5, lag * 24 / top), 2))
    )
    said = say("{name}, last 24 hours: worst lag {lag}", name=name, lag=format.duration(max(known) / 1000))
    return Html(
        Markup(
            '<svg viewBox="0 0 {} 24" preserveAspectRatio="none" role="img" aria-label="{}" focusable="false">'
            '<path class="dd-floor" d="M0,24H{}"/>{}</svg>'
        ).format(len(worst) * 2, said, len(worst) * 2, bars),
        className="dd-lag",
    )
