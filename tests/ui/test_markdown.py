"""A note is words: whatever it says, no markup comes out but ours."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashapp.ui.markdown import markdown, plain

ALLOWED = {"p", "br", "h3", "h4", "h5", "ul", "ol", "li", "strong", "em", "code", "a"}


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED, tag
        for name, value in attrs:
            assert tag == "a"
            assert name in {"href", "target", "rel"}
            if name == "href":
                assert re.match(r"(https?://|mailto:)", value or "", re.IGNORECASE)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def check(html: str) -> None:
    parser = _Tags()
    parser.feed(html)
    parser.close()
    assert parser.open == []


def test_the_subset() -> None:
    found = markdown(
        "# October\n\nReplies **rose** *much*; see the [plan](https://north.example/?a=1&b=2).\nNext line"
        "\n\n- one\n- `two`\n\n1. first\n2. second"
    )
    assert found == (
        "<h3>October</h3><p>Replies <strong>rose</strong> <em>much</em>; see the "
        '<a href="https://north.example/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer nofollow">plan</a>.'
        "<br>Next line</p><ul><li>one</li><li><code>two</code></li></ul><ol><li>first</li><li>second</li></ol>"
    )


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html,<script>)",
        "[x](//evil.example)",
        '[x](https://a"onmouseover=alert(1))',
        "[<img src=x onerror=alert(1)>](https://a.example)",
        "![x](https://a.example/x.png)",
        "**<b onclick=x>**",
        "`<i>`",
        "# <svg/onload=alert(1)>",
        "- <iframe>",
        "&lt;script&gt;",
        "[x](https:/a)",
        "{{ 7*7 }}{% raw %}",
    ],
)
def test_hostile_notes_are_text(text: str) -> None:
    html = str(markdown(text))
    check(html)
    assert "<script" not in html
    assert "<img" not in html
    assert "javascript:" not in html.lower() or "<a" not in html


@given(st.text(alphabet="ab<>&\"'`*_#-[]()!:/\\\n\r 1.\u2028htps", max_size=200))
def test_anything_is_well_formed(text: str) -> None:
    check(str(markdown(text)))
    check(str(plain(text)))


def test_a_long_note_of_stars_takes_no_time() -> None:
    check(str(markdown("*" * 4000)))
    check(str(markdown("[" * 4000)))
    check(str(markdown("[a](" * 1000)))


def test_plain_text_keeps_its_lines_and_its_stars() -> None:
    assert plain("a **b**\nc\n\n<d>") == "<p>a **b**<br>c</p><p>&lt;d&gt;</p>"
