"""Several files of assets/ sent as one: a phone waits for every request, and packs long texts better than short."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

#: Every page of the desk, in this order: Dash would put vendored files last. `portal.js` gives the tiles their
#: tooltips here too; the rest of it finds nothing to do.
DESK_STYLES = (
    "vendor/bootstrap.used.css",
    "00_tokens.css",
    "10_tiles.css",
    "desk.css",
    "desk_cells.css",
    "desk_data.css",
)
DESK_SCRIPTS = (
    "vendor/regenerator-runtime.min.js",
    "desk.js",
    "desk_views.js",
    "desk_cells.js",
    "desk_data.js",
    "desk_tables.js",
    "90_html.js",
    "90_late.js",
    "portal.js",
)
#: By the name they are sent under; there are no such files.
BUNDLES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"desk.bundle.css": DESK_STYLES, "desk.bundle.js": DESK_SCRIPTS}
)


def parts(folder: Path, name: str) -> list[Path]:
    """The files that make up `name`; those that are not there are left out."""
    return [path for part in BUNDLES.get(name, (name,)) if (path := folder / part).is_file()]


def content(folder: Path, name: str) -> bytes:
    """What is sent under `name`. The semicolons end a script that does not end itself."""
    return (b"\n;\n" if name.endswith(".js") else b"\n").join(
        path.read_bytes() for path in parts(folder, name)
    )
