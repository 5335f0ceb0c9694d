"""`make bench ARGS="--events 2_000_000 --workspaces 200 --only portal"`: one table, nothing asserted."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from data.building.build import refresh
from tests.bench import (
    bench_accounts,
    bench_build,
    bench_filtered,
    bench_forecast,
    bench_freshness,
    bench_ingest,
    bench_phone,
    bench_portal,
    bench_refresh,
    bench_start,
    bench_viewers,
    bench_views,
    bench_workspace,
)
from tests.bench.ground import Ground, stand_on
from tests.bench.table import Row, text

#: In this order: the portal is measured on marts as a full build leaves them.
BENCHES: dict[str, Callable[[Ground], list[Row]]] = {
    "build": bench_build.measure,
    "portal": bench_portal.measure,
    "phone": bench_phone.measure,
    "views": bench_views.measure,
    "filtered": bench_filtered.measure,
    "start": bench_start.measure,
    "forecast": bench_forecast.measure,
    "accounts": bench_accounts.measure,
    "workspace": bench_workspace.measure,
    "refresh": bench_refresh.measure,
    "ingest": bench_ingest.measure,
    "freshness": bench_freshness.measure,
    "viewers": bench_viewers.measure,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benches asked for and print their table; a bench that fails is told and the others go on."""
    parser = argparse.ArgumentParser(prog="tests.bench", description=__doc__)
    parser.add_argument("--events", type=int, default=20_000_000, help="to generate, over all workspaces")
    parser.add_argument("--workspaces", type=int, default=1_000)
    parser.add_argument("--only", nargs="+", choices=list(BENCHES), metavar="NAME", help=", ".join(BENCHES))
    parser.add_argument("--home", type=Path, help="kept between runs; default: a temporary folder")
    given = parser.parse_args(arguments)
    home = given.home or Path(tempfile.gettempdir()) / f"vitrine-bench-{given.events}-{given.workspaces}"
    _tell(f"home {home}, {os.cpu_count()} cores, load {_load()}")
    ground = stand_on(home, given.events, given.workspaces)
    chosen = given.only or list(BENCHES)
    if "build" not in chosen and chosen != ["ingest"]:
        refresh(ground.services.lake)
    rows: list[Row] = []
    failed = 0
    for name, bench in BENCHES.items():
        if name not in chosen:
            continue
        before, begun = _load(), time.perf_counter()
        try:
            found = bench(ground)
        except (Exception, SystemExit) as error:
            failed += 1
            _tell(f"{name} failed: {type(error).__name__}: {error}")
            continue
        _tell(f"{name}: {time.perf_counter() - begun:.0f} s, load {before} before, {_load()} after")
        _tell(text(found))
        rows += found
    biggest = f"{ground.events:,} events, {len(ground.ids):,} workspaces, load {_load()}"
    _tell(f"\n{biggest}\n{text(rows)}")
    return 1 if failed else 0


def _load() -> str:
    return " ".join(f"{value:.1f}" for value in os.getloadavg())


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
