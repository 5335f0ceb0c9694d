"""What of Dash's own scripts a desk page does not need before it shows anything.

Dash puts the scripts of every imported package into every page. Here three are taken out:

- `dash_table`: not used at all.
- The polyfill (99 kB): for browsers older than React 18 runs in. The one name of it that Dash's scripts still use,
  `regeneratorRuntime`, comes from a file of 7 kB (assets/vendor/regenerator-runtime.min.js).
- dash-bootstrap-components (157 kB): asked for by `assets/90_late.js` when one of its components is drawn.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dash_bootstrap_components
from dash import _dash_renderer, dash_table
from dash.fingerprint import build_fingerprint

_SCRIPT = "_components/dash_bootstrap_components.min.js"


def _when_asked(resources: list[dict[str, Any]]) -> None:
    """Served, but in no page. "async" ones are so already, and Dash refuses both words on one."""
    for resource in resources:
        if "async" not in resource:
            resource["dynamic"] = True


def _without_polyfill(groups: list[dict[str, Any]]) -> None:
    for group in groups:
        for addresses in group.values():
            if isinstance(addresses, dict):
                for kind, names in addresses.items():
                    addresses[kind] = [name for name in names if "polyfill" not in name]


_when_asked(dash_table._js_dist)  # type: ignore[attr-defined, unused-ignore]
_when_asked(dash_bootstrap_components._js_dist)
_without_polyfill(_dash_renderer._js_dist_dependencies)


def components_address() -> str:
    """Where dash-bootstrap-components' script is; Dash serves it under an address that changes with the version."""
    folder = Path(dash_bootstrap_components.__file__).parent
    modified = int((folder / _SCRIPT).stat().st_mtime)
    name = build_fingerprint(_SCRIPT, dash_bootstrap_components.__version__, modified)
    return f"/_dash-component-suites/dash_bootstrap_components/{name}"
