"""The bar of long commands: only for a person, only after a while, and gone when the command is done."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from dashapp.cli import progress
from dashapp.cli.command import Command
from data.building import build
from data.building import work as to_build
from tests.support.history import worked_example
from tests.support.product import Product


class Terminal(io.StringIO):
    """What a person sees, as text."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def _shown(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, *, as_json: bool = False) -> str:
    """What stands on stderr after a block of 0.4 s that is half done from its start, shown after 0.1 s."""
    monkeypatch.setattr(sys, "stderr", stream)
    context = click.Context(Command("refresh"))
    context.meta["vitrine.json"] = as_json
    with context, progress.bar("Building", patience_s=0.1) as tell:
        tell(0.5)
        time.sleep(0.4)
    return stream.getvalue()


def test_a_person_sees_how_far_it_is_and_then_a_clean_line(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = _shown(monkeypatch, Terminal())
    assert "Building  " + "█" * 15 + "░" * 15 + "  50" in seen
    assert seen.endswith("\r\x1b[2K"), "the line is free for the answer"


@pytest.mark.parametrize(("stream", "as_json"), [(io.StringIO(), False), (Terminal(), True)])
def test_nobody_else_gets_a_bar(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, as_json: bool) -> None:
    assert _shown(monkeypatch, stream, as_json=as_json) == ""


def test_what_is_quick_has_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    with click.Context(Command("refresh")), progress.bar("Building") as tell:
        tell(0.9)
    assert stream.getvalue() == ""


def test_a_build_tells_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two workspaces of 14 and 7 events, one chunk each: the first ends at two thirds."""
    product = Product.open(tmp_path)
    alice, charlie = product.workspace("UTC"), product.workspace("Asia/Kolkata")
    product.take_in(alice, worked_example.events())
    product.take_in(charlie, worked_example.events()[:7])
    monkeypatch.setattr(to_build, "CHUNK_WORKSPACES", 1)
    told: list[float] = []
    build.refresh(product.lake, full=True, tell=told.append)
    assert told == sorted(told)
    assert 14 / 21 in told
    assert (told[0] > 0, told[-1]) == (True, 1.0)


def test_refresh_hands_the_bar_to_the_build(
    acme: str, answer: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    handed: list[object] = []

    def refresh(*_: object, tell: object, **__: object) -> build.Refreshed:
        handed.append(tell)
        return build.Refreshed(0, 0, 0.0, 0)

    monkeypatch.setattr(build, "refresh", refresh)
    answer("refresh")
    assert callable(handed[0])
