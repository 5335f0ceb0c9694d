"""A tile's drawings on paper: percentages become lengths and classes become colours.

On the screen a plot takes what room there is and its style sheet paints it. Paper knows its room beforehand, and
the renderer takes neither stretched boxes within boxes nor a page's style sheet in a drawing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element, SubElement

SVG = "{http://www.w3.org/2000/svg}"
#: px: the room of the y labels, of the last point, of the x labels, and the height of text in a drawing.
LEFT, RIGHT, BELOW, TEXT = 38.0, 4.0, 17.0, 9.0
BOX = (1000.0, 300.0)
TONES = ("positive", "neutral", "negative")
_PAIR = re.compile(r"(-?[\d.]+),(-?[\d.]+)")

Colours = Mapping[str, str]


def classes(element: Element) -> set[str]:
    """The names in an element's class."""
    return set((element.get("class") or "").split())


def each(root: Element, tag: str, name: str | None = None) -> Iterator[Element]:
    """The elements of a tag, perhaps with a class, before any of them is changed."""
    for element in list(root.iter(tag)):
        if name is None or name in classes(element):
            yield element


def draw(tile: Element, width: float, colours: Colours, grows: float = 0.0) -> Element | None:
    """Redraw everything in `tile`, whose inside is `width` px wide; `colours` by the name of their variable.

    `grows`: px its plots are higher than usual.

    What is given back is a drawing to lie behind the tile, taken out of it: only a background reaches the lower
    edge of a tile whose neighbour is higher.
    """
    behind: Element | None = None
    high = grows + (118.0 if classes(tile) & {"h1", "h2", "h3"} else 150.0)
    for box in each(tile, "div", "ts"):
        _plot(box, width, high, colours)
    parents = {child: parent for parent in tile.iter() for child in parent}
    for svg in each(tile, f"{SVG}svg"):
        kind = classes(svg)
        if "spark" in kind:
            _spark(svg, width, colours)
            parents[svg].remove(svg)
            behind = svg
        elif "cr-hours" in kind:
            _hours(svg, width, 110.0 + grows, colours)
        elif "bar" in kind:
            _bar(svg)
        elif "stack" in kind:
            _stack(svg)
        elif parent_tone := classes(parents[svg]) & {"good", "bad", "flat"}:
            svg.set("width", "7")
            svg.set("height", "7")
            tone = min(parent_tone)
            for path in svg.iter(f"{SVG}path"):
                _line(path, colours[tone], 1.7)
    return behind


def _stretched(path: str, width: float, height: float) -> str:
    """Path data of the 1000 × 300 box in a box of this size."""
    across, down = width / BOX[0], height / BOX[1]
    return _PAIR.sub(lambda at: f"{float(at[1]) * across:.2f},{float(at[2]) * down:.2f}", path)


def _share(value: str | None, whole: float) -> float:
    if value is None:
        return 0.0
    return float(value[:-1]) / 100 * whole if value.endswith("%") else float(value)


def _emptied(element: Element) -> None:
    for child in list(element):
        element.remove(child)


def _spark(svg: Element, width: float, colours: Colours) -> None:
    wide, high = width + 24, 34.0
    for path in svg.iter(f"{SVG}path"):
        path.set("d", _stretched(path.get("d", ""), wide, high))
        if "a" in classes(path):
            path.set("fill", colours["series-soft"])
        else:
            _line(path, colours["series"], 1.4, "1 3" if "dotted" in classes(path) else "")
    svg.set("viewBox", f"0 0 {wide:.2f} {high}")
    svg.set("width", f"{wide:.2f}")
    svg.set("height", f"{high}")


def _hours(svg: Element, wide: float, high: float, colours: Colours) -> None:
    """The columns of a campaign's first hours."""
    for rect in svg:
        for name, whole in {"x": wide, "width": wide, "y": high, "height": high}.items():
            rect.set(name, f"{_share(rect.get(name), whole):.2f}")
        rect.set("rx", "1")
        rect.set("fill", colours["series" if "cr-click" in classes(rect) else "series-soft"])
        if "cr-open" in classes(rect):
            rect.set("stroke", colours["series"])
            rect.set("stroke-width", "0.4")
    svg.set("viewBox", f"0 0 {wide:.2f} {high:.2f}")
    svg.set("width", f"{wide:.2f}")
    svg.set("height", f"{high:.2f}")
    svg.set("class", "pplot")


def _line(path: Element, colour: str, width: float, dash: str = "") -> None:
    path.set("fill", "none")
    path.set("stroke", colour)
    path.set("stroke-width", f"{width}")
    path.set("stroke-linejoin", "round")
    path.set("stroke-linecap", "round")
    if dash:
        path.set("stroke-dasharray", dash)


def _bar(svg: Element) -> None:
    """A span with a span in it, which a table may make as wide as it likes."""
    fills = [rect for rect in svg if "fill" in classes(rect)]
    shades = classes(svg) & {"f1", "f2", "f3", "f4"}
    paces = [line.get("x1", "0") for line in svg if "pace" in classes(line)]
    kind = "pbar tall" if classes(svg) & {"tall", "goalbar"} else "pbar"
    _become_span(svg, kind)
    for rect in fills:
        piece = SubElement(svg, "span", {"class": " ".join(["pfill", *shades])})
        piece.set("style", f"width:{_share(rect.get('width'), 100):g}%")
    for at in paces:
        SubElement(svg, "span", {"class": "ppace", "style": f"left:{_share(at, 100):g}%"})


def _stack(svg: Element) -> None:
    pieces = [
        (
            next(iter(classes(rect) & set(TONES)), "neutral"),
            _share(rect.get("x"), 100),
            rect.get("width", "0"),
        )
        for rect in svg
    ]
    _become_span(svg, "pbar tall")
    for tone, left, wide in pieces:
        piece = SubElement(svg, "span", {"class": f"pfill {tone}"})
        piece.set("style", f"left:{left:g}%;width:{_share(wide, 100):g}%")


def _become_span(svg: Element, kind: str) -> None:
    tail = svg.tail
    _emptied(svg)
    svg.attrib.clear()
    svg.tag, svg.text, svg.tail = "span", None, tail
    svg.set("class", kind)


def _plot(box: Element, width: float, height: float, colours: Colours) -> None:
    """Ticks, plot and labels as one drawing of fixed size."""
    ticks = [span.text or "" for yl in each(box, "div", "yl") for span in yl.iter("span")]
    plot = next(each(box, "div", "plot"))
    inner = next((child for child in plot if child.tag == f"{SVG}svg"), None)
    labels = [
        (_share(text.get("x"), 100), text.get("text-anchor", "start"), text.text or "")
        for xl in each(box, f"{SVG}svg", "xl")
        for text in xl.iter(f"{SVG}text")
    ]
    _emptied(box)
    box.text = None
    wide = width - LEFT - RIGHT
    svg = SubElement(box, f"{SVG}svg", {"class": "pplot", "width": f"{width:.2f}"})
    svg.set("height", f"{height + BELOW + TEXT / 2:.2f}")
    svg.set("viewBox", f"0 0 {width:.2f} {height + BELOW + TEXT / 2:.2f}")
    moved = SubElement(svg, f"{SVG}g", {"transform": f"translate({LEFT},{TEXT / 2})"})
    for number, said in enumerate(ticks):
        at = height * number / max(1, len(ticks) - 1)
        _text(moved, said, -7.0, at + TEXT / 3, "end", colours)
    if inner is not None:
        _drawn(moved, inner, wide, height, colours)
    for x, anchor, said in _kept(labels, wide):
        _text(moved, said, x, height + BELOW - 2, anchor, colours)


def _kept(labels: list[tuple[float, str, str]], wide: float) -> Iterator[tuple[float, str, str]]:
    """The labels that do not run into the one before."""
    end = -1e9
    for share, anchor, said in labels:
        long, at = len(said) * TEXT * 0.56, share / 100 * wide
        begin = at - {"middle": long / 2, "end": long}.get(anchor, 0.0)
        if begin >= end + 6:
            yield at, anchor, said
            end = begin + long


def _text(parent: Element, said: str, x: float, y: float, anchor: str, colours: Colours) -> None:
    text = SubElement(parent, f"{SVG}text", {"x": f"{x:.2f}", "y": f"{y:.2f}", "text-anchor": anchor})
    text.set("font-family", "Inter")
    text.set("font-size", f"{TEXT}")
    text.set("fill", colours["ink-3"])
    text.text = said


def _drawn(parent: Element, old: Element, wide: float, high: float, colours: Colours) -> None:
    """The plot's own elements, placed and painted."""
    for child in old:
        tag, kind = str(child.tag).removeprefix(SVG), classes(child)
        if tag == "svg":
            _drawn(parent, child, wide, high, colours)
        elif tag == "defs":
            parent.append(_defined(child, colours))
        elif tag == "path":
            _paint_path(child, kind, wide, high, colours)
            parent.append(child)
        elif tag == "line":
            at = _share(child.get("y1"), high)
            attributes = {"x1": "0", "x2": f"{wide:.2f}", "y1": f"{at:.2f}", "y2": f"{at:.2f}"}
            SubElement(parent, f"{SVG}line", {**attributes, "stroke": colours["line"], "stroke-width": "0.8"})
        elif tag == "rect":
            sizes = {"x": wide, "width": wide, "y": high, "height": high}
            placed = {name: f"{_share(child.get(name), whole):.2f}" for name, whole in sizes.items()}
            fill = child.get("fill") or colours["series"]
            outline: dict[str, str] = {}
            if "going" in kind and "col" in kind:  # a day that is not over
                fill = colours["series-soft"]
                outline = {"stroke": colours["series"], "stroke-width": "0.8", "stroke-dasharray": "2 2"}
            if "nt" in kind:  # a note on these days
                fill, outline = colours["c-prev"], {"fill-opacity": "0.4"}
            SubElement(parent, f"{SVG}rect", {**placed, "rx": "1.5", "fill": fill, **outline})
        elif tag == "circle":
            inside, edge = ("surface", "series") if "going" in kind else ("series", "surface")
            at_x, at_y = _share(child.get("cx"), wide), _share(child.get("cy"), high)
            dot = {"cx": f"{at_x:.2f}", "cy": f"{at_y:.2f}", "r": "2.6", "fill": colours[inside]}
            SubElement(parent, f"{SVG}circle", {**dot, "stroke": colours[edge], "stroke-width": "1.2"})


def _paint_path(path: Element, kind: set[str], wide: float, high: float, colours: Colours) -> None:
    path.set("d", _stretched(path.get("d", ""), wide, high))
    number = next((name[3:] for name in kind if name.startswith("ser")), "")
    if "pv" in kind:
        _line(path, colours[f"c{number}"] if number else colours["c-prev"], 1.1, "3 3")
    elif "ln" in kind:
        dash = "0.8 4" if "dotted" in kind else ""
        _line(path, colours[f"c{number}"] if number else colours["series"], 1.7, dash)


def _defined(defs: Element, colours: Colours) -> Element:
    for stop in defs.iter(f"{SVG}stop"):
        stop.set("stop-color", colours["series"])
        stop.set("stop-opacity", "0.18" if "stop0" in classes(stop) else "0")
    for rect in defs.iter(f"{SVG}rect"):
        rect.set("fill", colours["surface-2" if "hatch0" in classes(rect) else "c-prev"])
    return defs
