"""Files stay short enough to be read at one sitting, and folders short enough to be looked over."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("dashapp", "pages", "callbacks", "data", "jobs")
LINES, MODULES = 300, 18
#: A migration is never changed again, so how long it is costs nobody anything.
MIGRATIONS = "dashapp/db/migrations/versions"
#: One file a type of tile, one file a job: all of one form, found by walking the folder.
REGISTRIES = {"dashapp/tiles/types", "jobs/catalog"}

#: Run by its path in a process that can import nothing of ours, so it is one file.
SEALED = "data/engines/sealed_process.py"


def _modules() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def test_no_file_is_longer_than_300_lines() -> None:
    lengths = {path.relative_to(ROOT).as_posix(): len(path.read_text().splitlines()) for path in _modules()}
    too_long = {
        name: lines
        for name, lines in lengths.items()
        if lines > LINES and name != SEALED and not name.startswith(MIGRATIONS)
    }
    assert not too_long, "split by reason to change"


def test_no_folder_has_more_than_18_modules() -> None:
    modules: dict[str, int] = {}
    for path in _modules():
        folder = path.parent.relative_to(ROOT).as_posix()
        modules[folder] = modules.get(folder, 0) + (path.name != "__init__.py")
    crowded = {folder: number for folder, number in modules.items() if number > MODULES}
    assert set(crowded) <= {MIGRATIONS, *REGISTRIES}, crowded
