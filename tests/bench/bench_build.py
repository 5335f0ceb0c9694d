"""Full build: all marts of all workspaces from their segments, in a process of its own (memory is its peak)."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path

from dashapp.services import open_services
from data.building.build import refresh
from tests.bench.ground import Ground, settings_in
from tests.bench.table import Row


def measure(ground: Ground) -> list[Row]:
    """Events a second and the child's peak resident memory."""
    command = [sys.executable, "-m", "tests.bench.bench_build", str(ground.settings.home)]
    told = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    note = f"{told['events']:,} events, {told['workspaces']:,} workspaces, {told['seconds']:.0f} s"
    return [
        Row("full build", told["events"] / told["seconds"], "events/s", 1_000_000, note, more=True),
        Row("full build, peak memory", told["mb"], "MB", 1_000, "ru_maxrss of the child"),
    ]


def _build(home: Path) -> None:
    done = refresh(open_services(settings_in(home)).lake, full=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told = {"events": done.events, "workspaces": done.workspaces, "seconds": done.seconds, "mb": peak}
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    _build(Path(sys.argv[1]))
