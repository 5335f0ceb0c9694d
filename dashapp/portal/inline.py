"""What stands in a portal page itself: its styles, the agency's colours and the line that sets the theme.

A phone pays a round trip for every file it has to wait for before it can paint; all of this is smaller than the
first flight of one answer. The policy names these texts by their hashes: nothing else inline runs or styles.
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b, sha256

from markupsafe import Markup

from dashapp.ui.brand import brand_css
from dashapp.ui.desk.bundle import FONT
from dashapp.ui.environment import ASSETS

#: The shipped report fits the first flight of one answer, as long as it does not carry the styles of other tiles.
PLAIN_REPORT = ("00_tokens.css", "10_tiles.css", "portal.css")
PLAIN_TILES = frozenset({"kpi", "trend", "top_campaigns", "week1", "sent_emails", "cohort"})
REPORT = ("00_tokens.css", "10_tiles.css", "12_tiles_more.css", "portal.css")
CAMPAIGNS = ("00_tokens.css", "10_tiles.css", "11_campaigns.css", "12_tiles_more.css", "portal.css")
QUESTIONS = (*REPORT, "portal_questions.css")
NOTICE = ("00_tokens.css", "portal.css")
CHOICE = (*NOTICE, "portal_choice.css")
THEME = "portal_theme.js"
_COMMENT = re.compile(r"/\*.*?\*/", re.S)
_BREAK = re.compile(r"\s*\n\s*")


@dataclass(frozen=True, slots=True)
class Inline:
    """The texts of `<style>` and `<script>`, as they stand in the page, and what the policy calls them."""

    css: Markup
    script: Markup
    style_source: str
    script_source: str
    digest: str


def inline(sheets: tuple[str, ...], brand: str) -> Inline:
    """These style sheets in the agency's colour. A file changed on disk (development) is read again."""
    return _inline(sheets, brand, tuple((ASSETS / name).stat().st_mtime_ns for name in (*sheets, THEME)))


@lru_cache(maxsize=512)
def _inline(sheets: tuple[str, ...], brand: str, _stamps: tuple[int, ...]) -> Inline:
    css = "".join(map(_short, sheets)).replace(*FONT) + brand_css(brand)
    script = _text(THEME)
    return Inline(
        Markup(css),  # noqa: S704 - our own files, and hex colours
        Markup(script),  # noqa: S704 - our own file
        source(css),
        source(script),
        blake2b(f"{css}\0{script}".encode(), digest_size=6).hexdigest(),
    )


def _short(name: str) -> str:
    """A style sheet without comments, line breaks and indentation."""
    return _BREAK.sub("", _COMMENT.sub("", _text(name)))


def _text(name: str) -> str:
    text = (ASSETS / name).read_text(encoding="utf-8")
    text = "\n".join(line for line in text.splitlines() if not line.startswith("//"))
    if "</" in text:
        raise ValueError(f"{name} would end its element in the page")
    return text


def source(text: str) -> str:
    """What a policy calls an inline text: its hash."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
