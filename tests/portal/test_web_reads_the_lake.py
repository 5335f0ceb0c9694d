"""VITRINE_WEB_LAKE=read: the web server changes nothing in the lake, and pages show what the worker has made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dashapp.config import load
from dashapp.services import EXTENSION, open_services
from data.building import refresh_on_view
from data.errors import LakeUnavailable
from data.lake.lake import open_lake
from data.lake.read_only import ReadOnlyStore
from data.lake.store import FolderStore
from tests.support.portal_house import House


def files_of(folder: Path) -> dict[str, tuple[int, int]]:
    """{path: (bytes, when it was written)}."""
    return {
        str(path.relative_to(folder)): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
    }


def test_a_web_process_that_only_reads_changes_no_file_and_shows_what_there_is(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, path = house.share(house.harbour)
    house.send(house.harbour, "h", 12)
    house.send(house.colossus, "c", 900)
    for workspace in (house.harbour, house.colossus):
        refresh_on_view.ensure(house.services.lake, workspace.id)
    house.send(house.harbour, "later", 5)
    lake = house.services.lake
    web = open_lake(lake.engine, ReadOnlyStore(FolderStore(lake.root)))
    house.app.extensions[EXTENSION] = replace(house.services, lake=web)
    guest = house.app.test_client()

    def refused(*_: object, **__: object) -> None:
        raise PermissionError("the account may not write there")

    before = files_of(lake.root)
    with monkeypatch.context() as patch:
        for name in ("writing", "delete", "remove", "together"):
            patch.setattr(FolderStore, name, refused)
        shown = guest.get(path)
    assert shown.status_code == 200
    assert "Harbour Coffee" in shown.text
    assert files_of(lake.root) == before
    assert refresh_on_view.waiting(web, house.harbour.id), "it waits for the worker"
    refresh_on_view.ensure(lake, house.harbour.id)  # which may
    assert not refresh_on_view.waiting(web, house.harbour.id)
    assert guest.get(path).status_code == 200


def test_everything_that_would_write_is_refused(tmp_path: Path) -> None:
    store = ReadOnlyStore(FolderStore(tmp_path))
    for write in (
        lambda: store.writing("a"),
        store.together,
        lambda: store.delete(["a"]),
        lambda: store.remove(["a"]),
    ):
        with pytest.raises(LakeUnavailable, match="changes nothing"):
            write()
    assert store.check() == "read only"
    store.answers()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("web", "told", "read_only"), [(True, "read", True), (True, "write", False), (False, "read", False)]
)
def test_it_is_the_web_processes_alone(tmp_path: Path, web: bool, told: str, read_only: bool) -> None:
    services = open_services(load({"VITRINE_HOME": str(tmp_path), "VITRINE_WEB_LAKE": told}), web=web)
    assert services.lake.read_only is read_only
    services.engine.dispose()
