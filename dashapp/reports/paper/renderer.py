"""What runs in the process of its own: HTML in, PDF or PNG out. It opens no connection and no file of ours.

Started by press.py with a job as JSON on stdin. The document names no address: fonts and the logo travel in the
job, and anything else it might name is refused before anybody looks for it. Exit 3: something is not installed,
told on stderr; 5: what came out is too large to hand over.
"""

from __future__ import annotations

import gc
import io
import json
import os
import select
import sys
import tempfile
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from dashapp.reports.paper.columns import COLUMNS, Block, Cell, Row, rows_of
from dashapp.reports.paper.confined import confine, limit
from dashapp.reports.paper.drawings import SVG, classes, draw, each
from dashapp.reports.paper.measuring import fits_of
from dashapp.reports.paper.pages import Fit
from dashapp.reports.paper.spare import WAITS
from dashapp.reports.paper.texts import shorten

#: Exit codes: something is not installed; no job came; what came out is too large to hand over.
MISSING, UNUSED, TOO_LARGE = 3, 4, 5
#: Bytes of what comes out: whoever asked holds it in memory, and mails it.
LARGEST = 32 * 2**20
#: px of A4 between its margins, and what a tile's padding and border take of its width.
WIDTH, FRAME = 708.0, 26.0
#: One tile as a picture: px of a grid column, the tallest tile, and pixels a px.
COLUMN_PX, TALLEST, SCALE = 62.0, 2400, 2
#: What an address of the document may begin with; the rest of it names a part of the job.
OURS = "job:"


def main() -> None:
    """One job, once there is one."""
    os.nice(10)  # a page somebody waits for comes first
    try:
        import pypdfium2
        import tinyhtml5
        import weasyprint
    except (ImportError, OSError) as error:
        sys.stderr.write(" ".join(str(error).split())[:300])
        raise SystemExit(MISSING) from None
    gc.freeze()  # what is loaded is kept anyway; a document's boxes live as long as the process, nearly
    gc.set_threshold(100_000, 20, 20)
    job = _job()
    limit(job["memory"], job["seconds"])
    if job["kind"] == "check":
        sys.stdout.write(f"WeasyPrint {weasyprint.__version__}, pypdfium2 {pypdfium2.version.PYPDFIUM_INFO}")
        return
    tempfile.tempdir = folder = job["folder"]  # removed by who started this
    confine([folder, *sys.path, sys.prefix, sys.base_prefix])
    root = tinyhtml5.parse(job["html"], namespace_html_elements=False)
    shorten(root)
    made = {"mail": _mail, "png": _picture, "pdf": _document}[job["kind"]](root, job)
    if len(made) > job.get("largest", LARGEST):
        raise SystemExit(TOO_LARGE)
    sys.stdout.buffer.write(made)


def _job() -> dict[str, Any]:
    """What is to be printed; ends the process where nothing comes, or whoever began it is gone."""
    ready, _, _ = select.select([sys.stdin], [], [], WAITS)
    text = sys.stdin.buffer.read() if ready else b""
    if not text:
        raise SystemExit(UNUSED)
    job: dict[str, Any] = json.loads(text)
    return job


def _document(root: Element, job: dict[str, Any]) -> bytes:
    """The whole document: laid out once to see how high its rows are, and again so that they fill their pages."""
    first = _rendered(_laid_out(deepcopy(root), job, {}), job)
    fits = fits_of(first, len(list(each(root, "div", "grid"))))
    grows = any(fit.head > 1 or fit.breaks or any(fit.plots.values()) for fit in fits.values())
    made = _rendered(_laid_out(root, job, fits), job) if grows else first
    return _written(made, tags=True)


def _pdf(root: Element, job: dict[str, Any]) -> bytes:
    return _written(_rendered(root, job))


def _rendered(root: Element, job: dict[str, Any]) -> Any:
    import weasyprint

    sheet, fonts = job.get("sheet") or job.setdefault("sheet", _sheet(job))
    sheets = [sheet, *([weasyprint.CSS(string=job["page"])] if "page" in job else [])]
    return _as_document(root, job).render(stylesheets=sheets, font_config=fonts)


def _as_document(root: Element, job: Mapping[str, Any]) -> Any:
    """The tree as WeasyPrint takes it, without writing it down and reading it once more."""
    import cssselect2
    import weasyprint

    for drawing in [one for one in root.iter() if str(one.tag).removeprefix(SVG) == "svg"]:
        for element in drawing.iter():
            element.tag = f"{SVG}{str(element.tag).removeprefix(SVG)}"
    document = weasyprint.HTML.__new__(weasyprint.HTML)
    document.base_url, document.url_fetcher, document.media_type = OURS, _fetcher(job), "print"
    document.wrapper_element = cssselect2.ElementWrapper.from_html_root(root, content_language=None)
    document.etree_element = document.wrapper_element.etree_element
    return document


def _sheet(job: Mapping[str, Any]) -> tuple[Any, Any]:
    """The style sheet with its fonts, read once a job: that costs as much as some tiles."""
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration

    fonts = FontConfiguration()
    css = weasyprint.CSS(string=job["css"], url_fetcher=_fetcher(job), font_config=fonts, base_url=OURS)
    return css, fonts


def _fetcher(job: Mapping[str, Any]) -> Any:
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    assets = {f"{OURS}{name}": asset for name, asset in job["assets"].items()}

    class Fetcher(URLFetcher):
        """Knows the parts of the job by name; every other address is refused unseen."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            if url not in assets:
                raise ValueError("the renderer fetches nothing")
            kind, text = assets[url]
            return URLFetcherResponse(url, b64decode(text), {"Content-Type": kind})

    return Fetcher()


def _written(document: Any, *, tags: bool = False) -> bytes:
    """`tags`: with the structure that programs read aloud."""
    made = document.write_pdf(uncompressed_pdf=False, pdf_tags=tags)
    assert isinstance(made, bytes)
    return made


def _tidy(tile: Element) -> None:
    """Without what is only there for a screen: buttons, dialogs, cursors, words for screen readers."""
    for parent in list(tile.iter()):
        for child in list(parent):
            gone = classes(child) & {"sr", "how", "explore", "cur", "pt", "tip"}
            if gone or child.tag in {"details", "script", "style", "link", "object", "embed", "iframe"}:
                _take_out(parent, child)


def _take_out(parent: Element, child: Element) -> None:
    """Remove an element, not the text behind it."""
    place = list(parent).index(child)
    if child.tail:
        if place:
            before = parent[place - 1]
            before.tail = (before.tail or "") + child.tail
        else:
            parent.text = (parent.text or "") + child.tail
    parent.remove(child)


def _blocks(tiles: Sequence[Element]) -> list[Block]:
    """The tiles' places, as their classes tell them; tiles that name no place flow in lines of the grid."""
    found, x, y = [], 0, 0
    for key, tile in enumerate(tiles):
        width = _number(tile, "w", COLUMNS)
        name = (tile.get("class") or "tile").split()[1]
        if _number(tile, "r", -1) >= 0:
            place = (_number(tile, "x", 0), _number(tile, "r", 0), width, _number(tile, "s", 1))
        else:
            x, y = (x, y) if x + width <= COLUMNS else (0, y + 1)
            place = (x, y, width, 1)
            x += width
        found.append(Block(key, name, *place))
    return found


def _number(tile: Element, letter: str, otherwise: int) -> int:
    found = [name[1:] for name in classes(tile) if name[:1] == letter and name[1:].isdecimal()]
    return int(found[0]) if found else otherwise


def _laid_out(root: Element, job: Mapping[str, Any], fits: Mapping[int, Fit]) -> Element:
    """The document with each grid as rows, which grow as `fits` says of the grid of that number."""
    for number, grid in enumerate(each(root, "div", "grid")):
        fit = fits.get(number, Fit())
        tiles = [child for child in grid if "tile" in classes(child)]
        rows = rows_of(_blocks(tiles), WIDTH)
        for child in list(grid):
            grid.remove(child)
        grid.set("class", f"{grid.get('class')} rows".replace("grid ", ""))
        for n, row in enumerate(rows):
            line = _put(grid, row, tiles, job, fit.plots.get(n, 0.0))
            line.set("id", f"row-{number}-{n}")
            if n in fit.breaks:
                line.set("class", "row first")
            plots = any(each(line, "svg", "pplot")) or any(each(line, f"{SVG}svg", "pplot"))
            SubElement(grid, "div", {"id": f"end-{number}-{n}{'-plots' if plots else ''}"})
        if number == 0 and fit.head:
            for space in each(root, "div", "space"):
                space.set("style", f"height:{fit.head:.1f}px")
    return root


def _put(
    parent: Element, row: Row, tiles: Sequence[Element], job: Mapping[str, Any], grows: float = 0.0
) -> Element:
    """A row as a table: its tiles are equally high, and it stays on one page."""
    table = SubElement(parent, "div", {"class": "row"})
    for number, part in enumerate(row.parts):
        if number:
            SubElement(table, "div", {"class": "gap"})
        if isinstance(part, Cell):
            _place(table, tiles[part.key], part.width, job, grows)
        else:
            column = SubElement(table, "div", {"class": "column", "style": f"width:{part.width:.2f}px"})
            for inner in part.rows:
                _put(column, inner, tiles, job, grows / len(part.rows))
    return table


def _place(parent: Element, tile: Element, width: float, job: Mapping[str, Any], grows: float = 0.0) -> None:
    tile.tail = None
    _tidy(tile)
    behind = draw(tile, width - FRAME, job["colours"], grows)
    style = f"width:{width:.2f}px"
    if behind is not None:
        name = f"behind-{len(job['assets'])}"
        job["assets"][name] = ("image/svg+xml", b64encode(tostring(behind)).decode())
        style += f";background-image:url({OURS}{name})"
    tile.set("style", style)
    parent.append(tile)


def _mail(root: Element, job: dict[str, Any]) -> bytes:
    """All tiles as pictures and, when it is asked for, the document: {"pictures": {id: base64}, "pdf": base64}."""
    pictures = {}
    job["sheet"] = _sheet(job)
    for tile in _tiles(root):
        alone = Element("html")
        alone.append(deepcopy(next(root.iter("head"))))
        grid = SubElement(SubElement(alone, "body"), "div", {"class": "grid"})
        grid.append(deepcopy(tile))
        key = str(tile.get("data-tile"))
        picture = _picture(alone, {**job, "assets": dict(job["assets"])}, job["widths"].get(key))
        pictures[key] = b64encode(picture).decode()
    document = b64encode(_document(root, job)).decode() if job["pdf"] else ""
    return json.dumps({"pictures": pictures, "pdf": document}).encode()


def _tiles(root: Element) -> list[Element]:
    return [child for grid in each(root, "div", "grid") for child in grid if "tile" in classes(child)]


def _picture(root: Element, job: dict[str, Any], width: float | None = None) -> bytes:
    """One tile as PNG, cut out where its border is; `width` in px, else as wide as the tile is in the grid."""
    import pypdfium2
    from PIL import Image, ImageChops

    (tile,) = _tiles(root)
    if width is None:
        least = {"cohort": 9, "hours": 9}.get((tile.get("class") or "").split()[1], 4)
        width = COLUMN_PX * max(least, _number(tile, "w", COLUMNS))
    (body,) = root.iter("body")
    for child in list(body):
        body.remove(child)
    line = SubElement(body, "div", {"class": "row"})
    _place(line, tile, width, job)
    if job.get("about"):
        SubElement(body, "p", {"class": "about"}).text = job["about"]
    page = f"@page{{size:{width + 16:.2f}px {TALLEST}px;margin:8px;@bottom-right{{content:none}}}}"
    made = _pdf(root, {**job, "page": f"{page}@page:first{{@bottom-left{{content:none}}}}"})
    with pypdfium2.PdfDocument(made) as document:
        image = document[0].render(scale=SCALE * 96 / 72).to_pil().convert("RGB")
    blank = Image.new("RGB", image.size, (255, 255, 255))
    box = ImageChops.difference(image, blank).getbbox() or (0, 0, 1, 1)
    edge = 8 * SCALE
    cut = image.crop((0, 0, image.width, min(image.height, box[3] + edge)))
    out = io.BytesIO()
    cut.save(out, "PNG", optimize=True)
    return out.getvalue()
