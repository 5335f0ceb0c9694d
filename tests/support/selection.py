"""Which tests run, in which order, and which of them in one process."""

from __future__ import annotations

from pathlib import Path

import pytest
from xdist.scheduler import LoadFileScheduling

#: Files that share what is dear to start: one server and one browser, one JVM.
_TOGETHER = ("tests/e2e/", "spark")
#: What begins first, so that nothing long is what both processes wait for in the end; the rest is small.
_DEAREST = (
    *_TOGETHER,
    "tests/data/tables/test_sql_desk",
    "tests/security/test_isolation",
    "tests/data/",
    "tests/faults/",
    "tests/jobs/",
    "tests/cli/",
    "tests/portal/",
    "tests/callbacks/",
)


#: Files `make check` leaves out beside all that needs a browser, a second database or processes to kill: those that
#: took two seconds of work or more when last looked at. A new file is quick until somebody says otherwise.
_NOT_QUICK = frozenset((Path(__file__).parents[1] / "not_quick.txt").read_text().split())


def choose(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what drives a browser. The ordinary suite leaves out what is marked `long`; `make faults` takes it."""
    for item in items:
        if item.nodeid.startswith("tests/e2e/"):
            item.add_marker(pytest.mark.e2e)
        if item.get_closest_marker("postgres") and item.get_closest_marker("postgres_long"):
            item.add_marker(pytest.mark.long)
    items.sort(key=_dearest_first)
    if config.getoption("--quick"):
        left_out = [item for item in items if not _is_quick(item)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if _is_quick(item)]
        return
    if config.getoption("-m"):
        return
    long = [item for item in items if item.get_closest_marker("long")]
    if long and len(long) < len(items):  # a file named on the command line is wanted as it is
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]


def _is_quick(item: pytest.Item) -> bool:
    if any(
        item.get_closest_marker(name)
        for name in ("e2e", "faults", "long", "more", "postgres", "postgres_long")
    ):
        return False
    return item.nodeid.partition("::")[0] not in _NOT_QUICK


def _dearest_first(item: pytest.Item) -> int:
    file = item.nodeid.partition("::")[0]
    return next((place for place, part in enumerate(_DEAREST) if part in file), len(_DEAREST))


class ByFile(LoadFileScheduling):  # type: ignore[misc]  # xdist has no types for its schedulers
    """A file goes to one process, so that what a file sets up is set up once; some files go together."""

    def _split_scope(self, nodeid: str) -> str:
        return next(
            (some for some in _TOGETHER if some in nodeid.partition("::")[0]), super()._split_scope(nodeid)
        )
