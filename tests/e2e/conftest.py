"""A real browser over a real installation. A machine without a browser fails these tests, it skips none.

All of them run in one xdist process (tests/conftest.py): one server, one browser, two cores.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect, sync_playwright

from tests.e2e.seen import PATIENCE_S, log_in
from tests.e2e.stage import ROOT, Stage, build_home, free_port
from tests.e2e.stage import running as run_processes

#: Nothing may wait on the network or on a GPU that is not there.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A made-up web site is of the Internet to it, and would not be let into a server on this machine.
    "--disable-features=LocalNetworkAccessChecks",
]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The installation, answering."""
    built = build_home(tmp_path_factory.mktemp("home"), free_port())
    with run_processes(built, tmp_path_factory.mktemp("logs")):
        yield built
    built.services.engine.dispose()


@pytest.fixture(scope="session")
def artefacts() -> Path:
    """Where pictures are kept for people to look at: VITRINE_HOME/artefacts, or var/artefacts."""
    folder = Path(os.environ.get("VITRINE_HOME", ROOT / "var")) / "artefacts"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The browser. Its event loop ends with the browser tests, so that other tests may have one."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        except Error as error:
            raise pytest.fail.Exception(
                f"No browser was found: install chromium (`make browser`) and run again. {error.message[:300]}"
            ) from error
        yield browser
        browser.close()


def new_context(chromium: Browser, width: int = 1440, **options: Any) -> BrowserContext:
    """A profile with nothing in it but `options`."""
    height = 844 if width < 600 else 900
    context = chromium.new_context(
        **{
            "viewport": {"width": width, "height": height},
            "locale": "en-GB",
            "reduced_motion": "reduce",
            **options,
        }
    )
    context.set_default_timeout(1_000 * PATIENCE_S)
    expect.set_options(timeout=1_000 * PATIENCE_S)
    return context


@pytest.fixture
def open_context(chromium: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Make browser profiles with nothing in them; each is closed after the test."""
    made: list[BrowserContext] = []

    def make(width: int = 1440, **options: Any) -> BrowserContext:
        made.append(new_context(chromium, width, **options))
        return made[-1]

    yield make
    for context in made:
        context.close()


@pytest.fixture(scope="module")
def _alices_profiles(
    chromium: Browser, alice_state: dict[str, Any]
) -> Iterator[dict[tuple[int, str], BrowserContext]]:
    """By width and time zone."""
    profiles: dict[tuple[int, str], BrowserContext] = {}
    yield profiles
    for context in profiles.values():
        context.close()


@pytest.fixture
def alices_page(
    chromium: Browser,
    alice_state: dict[str, Any],
    _alices_profiles: dict[tuple[int, str], BrowserContext],
) -> Iterator[Callable[..., Page]]:
    """Make pages in a profile of Alice's that the module's tests share: the desk's scripts are there already.

    For tests to which it does not matter what was in this profile before.
    """
    made: list[Page] = []

    def make(width: int = 1440, timezone: str = "Europe/London") -> Page:
        key = width, timezone
        if key not in _alices_profiles:
            options = {"storage_state": alice_state, "timezone_id": timezone}
            _alices_profiles[key] = new_context(chromium, width, **options)
        made.append(_alices_profiles[key].new_page())
        return made[-1]

    yield make
    for page in made:
        page.close()


@pytest.fixture(scope="package")
def alice_state(stage: Stage, chromium: Browser) -> dict[str, Any]:
    """The cookies of Alice, logged in: for tests that are not about logging in."""
    context = chromium.new_context()
    log_in(context.new_page(), stage)
    state: dict[str, Any] = context.storage_state()  # type: ignore[assignment]
    context.close()
    return state
