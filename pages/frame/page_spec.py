"""What a desk page is, and which page an address names."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import parse_qsl

from dash.development.base_component import Component

from dashapp.access.viewer import Viewer
from dashapp.services import Services

#: A path longer than this names no page; it comes from the browser, so it may be anything.
LONGEST_PATH = 200
SLUG = r"(?P<{}>[a-z0-9][a-z0-9-]{{0,59}})"


@dataclass(frozen=True)
class Visit:
    """One request for one page: the viewer, and what the address says. Only `viewer` is trusted."""

    services: Services
    viewer: Viewer
    path: str
    search: Mapping[str, str] = field(default_factory=dict)
    lang: str = "en"


@dataclass(frozen=True)
class Shown:
    """What a page returns: its content, and the document's title ("Harbour Coffee · Analytics").

    `go`: the address to go to instead, such as with the filters as the viewer left them; nothing is shown.
    `corrected`: the address of what is shown, where the requested one does not exist and the page says so.
    """

    title: str
    content: Component
    go: str | None = None
    corrected: str | None = None


@dataclass(frozen=True)
class PageSpec:
    """One page. `path` may hold "<slug>"; `layout` gets the visit and the path's variables, and nothing of
    the query string by name: a parameter can so never stand in for a part of the path.

    `layout` raises NotFound for what the viewer may not see. `verb`: what one must be allowed in the agency (or,
    with a "<slug>", the workspace) of its address, which is a true 404 for the others.
    """

    name: str
    path: str
    layout: Callable[..., Shown]
    verb: str | None = None

    @property
    def pattern(self) -> re.Pattern[str]:
        """The path as a whole; anything else is another page or none."""
        parts = re.split(r"<([a-z_]+)>", self.path)
        return re.compile(
            "".join(SLUG.format(part) if i % 2 else re.escape(part) for i, part in enumerate(parts))
        )


@lru_cache(maxsize=1)
def desk_pages() -> dict[str, PageSpec]:
    """Every page by name, found as the constant PAGE of a module in this package; duplicates are refused."""
    found: dict[str, PageSpec] = {}
    package = importlib.import_module("pages")
    for module in sorted(info.name for info in pkgutil.walk_packages(package.__path__, "pages.")):
        page = getattr(importlib.import_module(module), "PAGE", None)
        if page is None:
            continue
        if page.name in found or any(page.path == other.path for other in found.values()):
            raise ValueError(f"two pages are named {page.name!r} or share the address {page.path!r}")
        found[page.name] = page
    return found


def page_at(path: str) -> tuple[PageSpec, dict[str, str]] | None:
    """The page of a path and its variables; None when there is none. No decoding, no `..`, no `//`."""
    if len(path) > LONGEST_PATH:
        return None
    for page in desk_pages().values():
        if match := page.pattern.fullmatch(path):
            return page, match.groupdict()
    return None


def query_of(search: str) -> dict[str, str]:
    """The query string as texts; of a repeated name the first counts."""
    pairs = parse_qsl(search.removeprefix("?")[:2000], max_num_fields=None)
    return dict(reversed(pairs))
