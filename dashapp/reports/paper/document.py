"""A view's tiles as a job for the press: the document, its style sheet in the agency's colour, what it embeds."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from markupsafe import Markup

from dashapp.tiles.base import Page
from dashapp.ui.brand import brand_vars
from dashapp.ui.environment import ASSETS, render

_VARIABLE = re.compile(r"--([a-z0-9-]+):([^;}]+)")
_REFERENCE = re.compile(r"var\(--([a-z0-9-]+)\)")
_HERE = Path(__file__).parent


class Dressed(Protocol):
    """How the report looks."""

    @property
    def name(self) -> str:
        """The agency's name."""
        ...

    @property
    def brand(self) -> str:
        """Its colour."""
        ...


@dataclass(frozen=True)
class PaperFrame:
    """What stands around the tiles on paper.

    `fresh`: how recent the figures are; `only`: what they are narrowed to; `about`: what it is about where that is
    not the page's period.
    """

    page: Page
    agency: Dressed
    logo: bytes | None
    fresh: str
    stale: bool = False
    view: str = ""
    only: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class PaperPart:
    """One grid of tiles, and its heading where there are several."""

    title: str
    sub: str
    grid: Markup


Job = dict[str, Any]


def pdf_job(frame: PaperFrame, parts: Sequence[PaperPart]) -> Job:
    """Grids on A4, as `tiles/render.py` or the campaigns' templates made them."""
    return _job("pdf", frame, parts)


def picture_job(frame: PaperFrame, grid: Markup, about: str = "") -> Job:
    """One tile alone as PNG. `about`: the line under it that says whose figures these are, and of which days."""
    return {**_job("png", frame, [PaperPart("", "", grid)]), "about": about}


def mail_job(frame: PaperFrame, parts: Sequence[PaperPart], widths: Mapping[str, float], *, pdf: bool) -> Job:
    """Every tile as PNG, `widths` px wide by its id, and with `pdf` all of it on A4 as well."""
    return {**_job("mail", frame, parts), "widths": dict(widths), "pdf": pdf}


def _job(kind: str, frame: PaperFrame, parts: Sequence[PaperPart]) -> Job:
    page, t = frame.page, frame.page.t
    html = render(
        "reports/paper.html",
        page=page,
        lang=page.lang,
        t=t,
        agency=frame.agency,
        logo=frame.logo is not None,
        title=t("report_title", name=page.workspace),
        workspace=page.workspace,
        view=frame.view,
        only=frame.only,
        about=frame.about,
        compared=page.compared,
        fresh=frame.fresh,
        stale=frame.stale,
        parts=parts,
    )
    colours = _colours(frame.agency.brand)
    assets = dict(_fonts())
    if frame.logo is not None:
        assets["logo"] = ("image/png", b64encode(frame.logo).decode())
    root = ";".join(f"--{name}:{value}" for name, value in colours.items())
    css = f"html{{{root}}}{_sheet()}"
    css = _REFERENCE.sub(lambda found: colours.get(found[1], found[0]), css)
    return {"kind": kind, "html": str(html), "css": css, "assets": assets, "colours": colours}


@lru_cache(maxsize=256)
def _colours(brand: str) -> dict[str, str]:
    """The light theme's tokens and the brand's variables by name, references resolved."""
    text = (ASSETS / "00_tokens.css").read_text(encoding="utf-8")
    tokens = dict(_VARIABLE.findall(text[text.index(":root{") : text.index("}", text.index(":root{"))]))
    tokens |= {name[2:]: value for name, value in brand_vars(brand)["light"].items()}
    found = {name: _REFERENCE.sub(lambda at: tokens[at[1]], value) for name, value in tokens.items()}
    return {name: value for name, value in found.items() if value.startswith(("#", "rgba("))}


@lru_cache(maxsize=1)
def _sheet() -> str:
    return (_HERE / "paper.css").read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _fonts() -> dict[str, tuple[str, str]]:
    """The weights the style sheet names, one file each: a variable one is cut to them with every document."""
    files = sorted((_HERE / "fonts").glob("*.ttf"))
    return {path.stem: ("font/ttf", b64encode(path.read_bytes()).decode()) for path in files}


@lru_cache(maxsize=1)
def paper_digest() -> str:
    """Changes when what is kept on paper would look different."""
    from hashlib import blake2b

    digest = blake2b(digest_size=6)
    for path in sorted([*_HERE.glob("*.py"), *_HERE.glob("*.css"), *_HERE.glob("fonts/*")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()
