"""AG Grid kept off every page that does not show it: its script is fetched when a grid is drawn.

Dash puts the scripts of every imported package into every page, 1.3 MB in this case. So the package is told that
its script is asked for by address, and `assets/desk_data.js` asks for it. Colours are desk_data.css's.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dash_ag_grid  # type: ignore[import-untyped, unused-ignore]
from dash.fingerprint import build_fingerprint

_SCRIPT = "dash_ag_grid.min.js"


def _keep_off_other_pages(resources: list[dict[str, Any]]) -> None:
    for resource in resources:
        if resource["relative_package_path"] == _SCRIPT:
            resource["dynamic"] = True


_keep_off_other_pages(dash_ag_grid._js_dist)


def script_address() -> str:
    """Where the script is; Dash serves it under an address that changes with the version."""
    folder = Path(dash_ag_grid.__file__).parent
    modified = int((folder / _SCRIPT).stat().st_mtime)
    name = build_fingerprint(_SCRIPT, dash_ag_grid.__version__, modified)
    return f"/_dash-component-suites/dash_ag_grid/{name}"
