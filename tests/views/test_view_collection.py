"""Views as a collection: any number, one star each, copies, names, and what a deletion does to links."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from dashapp.db.base import now
from dashapp.db.reports import Share, StoredView, ViewOverride, ViewRevision
from dashapp.db.tenants import Agency, Workspace
from dashapp.errors import NotFound, Refused
from dashapp.views.editing import collection
from dashapp.views.editing import drafts as editing
from dashapp.views.editing.share_links import links_showing
from dashapp.views.exchange import import_view, own_views
from dashapp.views.store import default_view_id, default_view_ids, ensure_default_view, resolve
from tests.views.arranged import tile, view

ALICE, BOB = "alice@north.example", "bob@north.example"
BASE = view(tile("open", 0, 0, options={"metric": "open"}), tile("reply", 3, 0), name="Report")


@dataclass
class Place:
    session: Session
    agency: Agency
    harbour: Workspace
    pine: Workspace
    south: Agency
    colossus: Workspace


@pytest.fixture
def at(engine: Engine, north: Any, south: Any) -> Iterator[Place]:
    with Session(engine, expire_on_commit=False) as session:
        yield Place(
            session,
            session.get_one(Agency, north.agency),
            session.get_one(Workspace, north.harbour),
            session.get_one(Workspace, north.pine),
            session.get_one(Agency, south.agency),
            session.get_one(Workspace, south.colossus),
        )


def link(at: Place, workspace: Workspace, stored: StoredView | None, **more: Any) -> Share:
    made = Share(
        workspace_id=workspace.id,
        view_id=stored.id if stored else None,
        nonce="n",
        token_hash=f"{workspace.id}-{id(more)}-{at.session.scalar(select(func.count()).select_from(Share))}",
        **more,
    )
    at.session.add(made)
    at.session.flush()
    return made


def test_the_first_template_gets_the_star_and_slugs_are_free(at: Place) -> None:
    first = collection.create_view(at.session, at.agency, "  Weekly   report ", ALICE, BASE)
    second = collection.create_view(at.session, at.agency, "Weekly report", ALICE)
    own = collection.create_view(at.session, at.harbour, "Weekly report", BOB, BASE)
    assert [(v.slug, v.name, v.is_default) for v in (first, second, own)] == [
        ("weekly-report", "Weekly report", True),
        ("weekly-report-2", "Weekly report", False),
        ("weekly-report-3", "Weekly report", False),
    ]
    assert collection.create_view(at.session, at.south, "Weekly report", "charlie").slug == "weekly-report"
    assert collection.create_view(at.session, at.agency, "日本", ALICE).slug == "view"
    for bad in ("", " ", "x" * 121, "a\x00b"):
        with pytest.raises(Refused):
            collection.create_view(at.session, at.agency, bad, ALICE)


def test_a_star_for_each_place_and_the_workspace_may_follow_again(at: Place) -> None:
    first = collection.create_view(at.session, at.agency, "First", ALICE, BASE)
    second = collection.create_view(at.session, at.agency, "Second", ALICE, BASE)
    own = collection.create_view(at.session, at.harbour, "Own", BOB, BASE)
    theirs = collection.create_view(at.session, at.south, "Theirs", "charlie", BASE)
    collection.star(at.session, at.agency, second.id, ALICE)
    at.session.refresh(first)
    assert (first.is_default, second.is_default) == (False, True)
    assert resolve(at.session, at.harbour)[0] is second
    collection.star(at.session, at.harbour, own.id, BOB)
    assert resolve(at.session, at.harbour)[0] is own
    collection.star(at.session, at.harbour, first.id, BOB)
    assert resolve(at.session, at.harbour)[0] is first
    assert collection.is_starred(at.session, at.harbour, first)
    assert collection.is_starred(at.session, at.agency, second)
    assert not collection.is_starred(at.session, at.harbour, second)
    assert resolve(at.session, at.pine)[0] is second
    assert default_view_ids(at.session, at.agency) == {at.harbour.id: first.id, at.pine.id: second.id}
    collection.unstar(at.session, at.harbour, BOB)
    assert default_view_id(at.session, at.harbour) == second.id
    collection.star(at.session, at.harbour, own.id, BOB)
    assert default_view_ids(at.session, at.agency) == {at.harbour.id: own.id, at.pine.id: second.id}
    assert resolve(at.session, at.colossus)[0] is theirs
    for place, stored in ((at.agency, own), (at.pine, own), (at.agency, theirs), (at.harbour, theirs)):
        with pytest.raises(NotFound):
            collection.star(at.session, place, stored.id, ALICE)


def test_a_copy_in_a_workspace_is_what_it_shows_and_no_longer_follows(at: Place) -> None:
    locked = BASE.model_copy(
        update={"tiles": [BASE.tiles[0].model_copy(update={"locked": True}), BASE.tiles[1]]}
    )
    template = collection.create_view(at.session, at.agency, "Report", ALICE, locked)
    here = editing.target(at.session, at.harbour, template.id)
    mine = [locked.tiles[0], tile("own", 0, 4)]
    base = editing.open_editing(at.session, here).base
    editing.publish(at.session, here, base, BOB, locked.model_copy(update={"tiles": mine}))
    copy = collection.duplicate(at.session, at.harbour, template.id, BOB)
    assert (copy.name, copy.workspace_id) == ("Report (copy)", at.harbour.id)
    shown = resolve(at.session, at.harbour, copy.id)[1]
    assert [(one.id, one.locked) for one in shown.tiles] == [("open", False), ("own", False)]
    again = collection.duplicate(at.session, at.agency, template.id, ALICE, "For all")
    assert [one.id for one in resolve(at.session, at.pine, again.id)[1].tiles] == ["open", "reply"]


def test_a_new_name_is_a_version_and_reaches_the_draft(at: Place) -> None:
    template = collection.create_view(at.session, at.agency, "Report", ALICE, BASE)
    there = editing.target(at.session, at.agency, template.id)
    base = editing.open_editing(at.session, there).base
    changed = BASE.model_copy(update={"tiles": [*BASE.tiles, tile("more", 0, 4)]})
    editing.save_draft(at.session, there, base, changed, BOB)
    collection.rename(at.session, at.agency, template.id, "Weekly", ALICE)
    assert (template.name, template.slug, template.version) == ("Weekly", "report", 2)
    assert resolve(at.session, at.harbour)[1].name == "Weekly"
    opened = editing.open_editing(at.session, there)
    assert (opened.view.name, len(opened.view.tiles), opened.has_draft) == ("Weekly", 3, True)
    collection.rename(at.session, at.agency, template.id, "Weekly", ALICE)
    assert template.version == 2
    with pytest.raises(Refused, match="a template of the agency"):
        collection.rename(at.session, at.harbour, template.id, "Mine", BOB)


def test_the_starred_template_cannot_be_deleted_and_others_go_with_all_that_is_theirs(at: Place) -> None:
    first = ensure_default_view(at.session, at.agency)
    second = collection.create_view(at.session, at.agency, "Second", ALICE, BASE)
    with pytest.raises(Refused, match="give another one the star first"):
        collection.delete_view(at.session, at.agency, first.id, ALICE)
    here = editing.target(at.session, at.harbour, second.id)
    less = BASE.model_copy(update={"tiles": BASE.tiles[:1], "name": "Second"})
    editing.publish(at.session, here, editing.open_editing(at.session, here).base, BOB, less)
    collection.star(at.session, at.pine, second.id, BOB)
    with pytest.raises(Refused, match="a template of the agency"):
        collection.delete_view(at.session, at.harbour, second.id, BOB)
    assert collection.delete_view(at.session, at.agency, second.id, ALICE) == []
    assert at.session.scalar(select(func.count()).select_from(ViewOverride)) == 0
    assert at.session.scalar(select(func.count()).select_from(ViewRevision)) == 0
    assert resolve(at.session, at.pine)[0] is first
    at.session.commit()


def test_links_that_show_a_view_are_told_before_it_goes(at: Place) -> None:
    default = ensure_default_view(at.session, at.agency)
    own = collection.create_view(at.session, at.harbour, "Own", BOB, BASE)
    one = link(at, at.harbour, own, opens=3)
    link(at, at.harbour, own, state="revoked")
    link(at, at.harbour, own, expires_at=now() - timedelta(days=1))
    paused = link(at, at.harbour, own, state="paused")
    follows = link(at, at.harbour, None)
    assert [found.id for found in links_showing(at.session, own)] == [one.id, paused.id]
    assert [found.id for found in links_showing(at.session, default)] == [follows.id]
    with pytest.raises(Refused, match="2 share links show this view"):
        collection.delete_view(at.session, at.harbour, own.id, BOB)
    told = collection.delete_view(at.session, at.harbour, own.id, BOB, and_links=True)
    assert [(found.id, found.workspace, found.state, found.opens) for found in told] == [
        (one.id, "Harbour Coffee", "active", 3),
        (paused.id, "Harbour Coffee", "paused", 0),
    ]
    at.session.refresh(one)
    assert one.view_id is None
    assert len(links_showing(at.session, default)) == 3


def test_a_tile_is_copied_into_the_draft_of_another_view(at: Place) -> None:
    template = collection.create_view(at.session, at.agency, "Report", ALICE, BASE)
    own = collection.create_view(
        at.session, at.harbour, "Own", BOB, view(tile("there", 0, 0, 6, 2), name="Own")
    )
    source = editing.target(at.session, at.harbour, template.id)
    saved = collection.copy_tile(
        at.session, source, "reply", editing.target(at.session, at.harbour, own.id), BOB
    )
    copy = saved.view.tiles[1]
    assert (copy.x, copy.y, copy.options["metric"]) == (6, 0, "reply")
    assert copy.id not in ("reply", "there")
    assert len(resolve(at.session, at.harbour, own.id)[1].tiles) == 1
    for foreign in ("there", "nothing"):
        with pytest.raises(NotFound, match="There is no such tile"):
            collection.copy_tile(at.session, source, foreign, source, BOB)


def test_an_import_is_by_slug_and_doing_it_twice_changes_nothing(at: Place) -> None:
    first = import_view(at.session, at.agency, "weekly", BASE, "cli")
    assert (first.change, first.stored.slug, first.stored.name) == ("created", "weekly", "Report")
    assert import_view(at.session, at.agency, "weekly", BASE, "cli").change == "unchanged"
    changed = BASE.model_copy(update={"tiles": BASE.tiles[:1], "name": "Weekly"})
    assert import_view(at.session, at.agency, "weekly", changed, "cli").change == "changed"
    assert (first.stored.version, first.stored.name) == (2, "Weekly")
    assert import_view(at.session, at.harbour, "own", BASE, "cli").change == "created"
    assert [one.slug for one in own_views(at.session, at.harbour)] == ["own"]
    with pytest.raises(Refused, match="already a view 'weekly'"):
        import_view(at.session, at.harbour, "weekly", BASE, "cli")
    for bad in ("", "Weekly", "-x", "a/b", "x" * 61):
        with pytest.raises(Refused, match="short name"):
            import_view(at.session, at.agency, bad, BASE, "cli")
