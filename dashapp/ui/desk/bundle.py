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
    "11_campaigns.css",
    "12_tiles_more.css",
    "desk.css",
    "desk_cells.css",
    "desk_data.css",
    "desk_dashboard.css",
    "desk_agency.css",
    "desk_settings.css",
    "desk_crm.css",
    "desk_upload.css",
    "desk_alerts.css",
)
DESK_SCRIPTS = (
    "vendor/regenerator-runtime.min.js",
    "desk.js",
    "desk_home.js",
    "desk_views.js",
    "desk_cells.js",
    "explore.js",
    "90_html.js",
    "90_late.js",
    "91_later.js",
    "portal.js",
)
#: Fetched by `91_later.js` where one of their parts is shown: the analytics page opens without them.
LATER_SCRIPTS = (
    "desk_timeline.js",
    "desk_tasks.js",
    "desk_data.js",
    "desk_tables.js",
    "desk_sources.js",
    "desk_upload.js",
    "desk_viewers.js",
    "desk_forms.js",
    "desk_crm.js",
    "desk_card.js",
    "desk_search.js",
)
#: The preloaded font is used where it is there in time, else from the next visit on: swapping it in late would lay
#: out every tile a second time, on the slowest devices, and move what stands in the middle of something.
FONT = ("font-display:swap", "font-display:optional")
#: By the name they are sent under; there are no such files.
BUNDLES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "desk.bundle.css": DESK_STYLES,
        "desk.bundle.js": DESK_SCRIPTS,
        "desk.later.bundle.js": LATER_SCRIPTS,
    }
)


def parts(folder: Path, name: str) -> list[Path]:
    """The files that make up `name`; those that are not there are left out."""
    return [path for part in BUNDLES.get(name, (name,)) if (path := folder / part).is_file()]


def content(folder: Path, name: str) -> bytes:
    """What is sent under `name`. The semicolons end a script that does not end itself."""
    between = b"\n;\n" if name.endswith(".js") else b"\n"
    found = between.join(path.read_bytes() for path in parts(folder, name))
    late, never_late = (text.encode() for text in FONT)
    return found.replace(late, never_late) if name in BUNDLES else found
