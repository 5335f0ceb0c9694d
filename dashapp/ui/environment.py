"""The one Jinja environment: autoescape always on, an undefined name is an error.

A template `dashapp/<package>/templates/<name>.html` is named "<package>/<name>.html".
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup, escape

from dashapp.ui import format as formats
from dashapp.ui.language.say import say

DASHAPP = Path(__file__).resolve().parents[1]
ASSETS = DASHAPP.parent / "assets"
FONT_FILE = "inter-latin.woff2"
_EMAIL = re.compile(r"\b[Ee]-[Mm]ails?\b")


@lru_cache(maxsize=64)
def _digest(name: str, _stamp: int) -> str:
    return hashlib.blake2b((ASSETS / name).read_bytes(), digest_size=6).hexdigest()


def asset_url(name: str) -> str:
    """`/assets/<name>?v=<digest of its content>`: cacheable for ever, never stale. `name` is ours.

    `web/assets.py` lets a file be kept for a year when `v` is the same digest.
    """
    return f"/assets/{name}?v={_digest(name, (ASSETS / name).stat().st_mtime_ns)}"


def unbroken(text: str) -> Markup:
    """A heading in which no line ends within "E-mail". (The font has no no-break hyphen.)"""
    return Markup(_EMAIL.sub(r'<span class="nb">\g<0></span>', str(escape(text))))  # noqa: S704 - escaped before


@lru_cache(maxsize=1)
def build_digest() -> str:
    """A digest of all templates and tile types: what is rendered and kept is stale when it changes."""
    digest = hashlib.blake2b(digest_size=6)
    for path in [*sorted(DASHAPP.glob("*/templates/**/*.html")), *sorted(DASHAPP.glob("tiles/*.py"))]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


class _Environment(Environment):
    """`cell.rate` of a dict is its item at once; Jinja tries the attribute first, which costs an exception each.

    A page asks a thousand times. Templates are compiled once per process, as `build_digest` is.
    """

    def getattr(self, obj: Any, attribute: str) -> Any:
        """The item of a dict when it has it, else what Jinja would find."""
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The environment, made once per process."""
    folders = sorted(DASHAPP.glob("*/templates"))
    found = _Environment(
        loader=PrefixLoader({folder.parent.name: FileSystemLoader(folder) for folder in folders}),
        autoescape=True,
        auto_reload=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals.update(asset_url=asset_url, say=say)
    for name in (
        "integer",
        "percent",
        "percent_short",
        "of_base",
        "compact",
        "axis_percent",
        "day",
        "weekday",
    ):
        found.filters[name] = getattr(formats, name)
    found.filters["unbroken"] = unbroken
    # The macros of all tiles: an `import` in each template compares all globals each time, a millisecond a page.
    found.globals["parts"] = found.get_template("tiles/parts.html").module
    return found


def render(template: str, **context: object) -> Markup:
    """A template's output, safe to place in another."""
    return Markup(environment().get_template(template).render(**context))  # noqa: S704 - autoescaped by Jinja
