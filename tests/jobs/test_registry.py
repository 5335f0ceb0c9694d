"""The catalog is found by walking it, and the web processes never meet the scheduler."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import jobs.catalog
from jobs.registry import BadCatalog, collect
from jobs.registry import jobs as all_jobs

ROOT = Path(__file__).parents[2]
MODULE = 'from jobs.runtime.job import Job\nJOB = Job("same", "", print)\n'


def package(folder: Path, **modules: str) -> ModuleType:
    made = ModuleType(f"made_{folder.name}")
    made.__path__ = [str(folder)]
    sys.modules[made.__name__] = made
    for name, text in modules.items():
        (folder / f"{name}.py").write_text(text)
    return made


def test_every_file_is_a_job() -> None:
    files = {path.stem for path in Path(jobs.catalog.__path__[0]).glob("*.py")} - {"__init__"}
    assert len(all_jobs()) == len(files)
    assert {name.replace("-", "_") for name in all_jobs()} == files


def test_one_name_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadCatalog, match=r"two: there is a job 'same' already"):
        collect(package(tmp_path, one=MODULE, two=MODULE))


def test_a_file_without_a_job_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadCatalog, match="empty has no constant JOB"):
        collect(package(tmp_path, empty="JOB = 'no'\n"))


def test_a_web_process_never_imports_apscheduler(tmp_path: Path) -> None:
    """The whole app is made, the job list is read and a run is asked for, as the /data page does."""
    program = """
import sys
from dashapp.app import create_app
from dashapp.cli.installation import open_house
from dashapp.config import load
from jobs.runtime import ledger
from jobs.registry import jobs
settings = load()
services = open_house(settings)
create_app(settings)
assert "refresh-marts" in jobs()
print(ledger.run_now(services.engine, "refresh-marts", 0))
assert not [name for name in sys.modules if name.split(".")[0] == "apscheduler"]
"""
    environment = {"VITRINE_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "1"
