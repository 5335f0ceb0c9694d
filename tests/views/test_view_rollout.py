"""Whom a changed template touches, some workspaces first, then all, and undo for all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from dashapp.db.reports import Share, StoredView
from dashapp.db.tenants import Agency, Workspace
from dashapp.errors import NotFound, Refused
from dashapp.views.difference import change_sentences
from dashapp.views.editing import collection, rollout
from dashapp.views.editing import drafts as editing
from dashapp.views.resolve import problem_sentence
from dashapp.views.schema import View, fingerprint
from dashapp.views.store import resolve
from tests.support.managing import managed
from tests.views.arranged import tile, view

ALICE, BOB = "alice@north.example", "bob@north.example"
OPEN, REPLY = tile("open", 0, 0, options={"metric": "open"}), tile("reply", 3, 0)
BASE = view(OPEN, REPLY, name="Report")
NEW = view(OPEN.model_copy(update={"title": "Opens"}), REPLY, name="Report")
NEWER = view(OPEN.model_copy(update={"title": "Opens"}), REPLY, tile("more", 0, 2), name="Report")


@dataclass
class Firm:
    session: Session
    agency: Agency
    harbour: Workspace
    pine: Workspace
    quay: Workspace
    colossus: Workspace
    template: StoredView

    @property
    def there(self) -> editing.Target:
        return editing.target(self.session, self.agency, self.template.id)

    def publish(self, changed: View, stage: list[int] | None = None) -> int | None:
        base = editing.open_editing(self.session, self.there).base
        return editing.publish(self.session, self.there, base, ALICE, changed, stage=stage).version

    def override(self, workspace: Workspace, **changes: Any) -> None:
        """That workspace's own `open` tile."""
        here = editing.target(self.session, workspace, self.template.id)
        opened = editing.open_editing(self.session, here)
        tiles = [opened.view.tiles[0].model_copy(update=changes), *opened.view.tiles[1:]]
        changed = opened.view.model_copy(update={"tiles": tiles})
        assert editing.publish(self.session, here, opened.base, BOB, changed).version

    def seen(self, workspace: Workspace) -> View:
        return resolve(self.session, workspace, self.template.id)[1]


@pytest.fixture
def firm(engine: Engine, north: Any, south: Any) -> Iterator[Firm]:
    """North with a third workspace, Quay Books."""
    with Session(engine, expire_on_commit=False) as session:
        agency = session.get_one(Agency, north.agency)
        quay = managed(agency.id, slug="quay-books", name="Quay Books")
        session.add(quay)
        session.flush()
        template = collection.create_view(session, agency, "Report", ALICE, BASE)
        places = [session.get_one(Workspace, key) for key in (north.harbour, north.pine)]
        yield Firm(session, agency, *places, quay, session.get_one(Workspace, south.colossus), template)


def test_the_preview_names_workspaces_links_and_overrides_that_make_no_difference(firm: Firm) -> None:
    firm.override(firm.harbour, title="Opens")
    firm.override(firm.pine, options={"metric": "bounce"})
    own = collection.create_view(firm.session, firm.quay, "Own", BOB, BASE)
    collection.star(firm.session, firm.quay, own.id, BOB)
    for n, (workspace, view_id, state) in enumerate(
        [
            (firm.pine, None, "active"),
            (firm.pine, firm.template.id, "active"),
            (firm.pine, None, "paused"),
            (firm.quay, None, "active"),
            (firm.quay, firm.template.id, "active"),
            (firm.harbour, None, "active"),
        ]
    ):
        firm.session.add(
            Share(workspace_id=workspace.id, view_id=view_id, state=state, nonce="n", token_hash=f"{n}")
        )
    firm.session.flush()
    found = rollout.preview(firm.session, firm.template, NEW)
    assert change_sentences(found.changes) == ["Opens: title “Opens” instead of its own title."]
    harbour, pine, quay = found.workspaces
    assert (harbour.name, harbour.changes, harbour.idle, harbour.links) == (
        "Harbour Coffee",
        (),
        ("Opens",),
        (),
    )
    assert harbour.idle_sentences() == ["Its own settings of Opens make no difference any more."]
    assert (pine.name, pine.is_default, len(pine.changes), len(pine.links)) == ("Pine Dental", True, 1, 2)
    assert (quay.name, quay.is_default, len(quay.links)) == ("Quay Books", False, 1)
    assert found.links == 3
    assert rollout.preview_sentences(found) == [
        "Workspaces that will look different: 2.",
        "Open share links that will look different: 3.",
        "Pine Dental: changes 1, open links 2.",
        "Quay Books: changes 1, open links 1.",
        "Harbour Coffee: its own settings of Opens make no difference any more.",
    ]
    assert rollout.preview_sentences(found, "fr")[0] == "Espaces qui changeront\u202f: 2."
    assert firm.seen(firm.harbour).tiles[0].title == "Opens"
    assert firm.seen(firm.quay) == BASE, "a preview changes nothing"


def test_a_preview_of_no_change_touches_nobody(firm: Firm) -> None:
    found = rollout.preview(firm.session, firm.template, BASE)
    assert (found.workspaces, found.links) == ((), 0)
    assert found.untouched == ("Harbour Coffee", "Pine Dental", "Quay Books")
    assert rollout.preview_sentences(found)[0] == "This changes nothing that any workspace shows."


def test_the_preview_tells_of_overrides_whose_tile_goes(firm: Firm) -> None:
    firm.override(firm.harbour, title="Mine")
    found = rollout.preview(firm.session, firm.template, view(REPLY, name="Report"))
    assert [problem_sentence(one) for one in found.workspaces[0].problems] == [
        "Mine is no longer in the template; what this workspace changed in it is not used."
    ]


def test_some_see_the_new_version_first_and_the_rest_when_it_is_theirs(firm: Firm) -> None:
    before = fingerprint(firm.seen(firm.pine))
    assert firm.publish(NEW, [firm.harbour.id]) == 2
    assert firm.seen(firm.harbour) == NEW
    assert firm.seen(firm.pine) == BASE
    assert fingerprint(firm.seen(firm.pine)) == before
    assert resolve(firm.session, firm.quay)[1] == BASE
    stage = rollout.stage_of(firm.session, firm.template)
    assert stage is not None
    assert (stage.version, stage.previous_version) == (2, 1)
    assert [name for _, name in stage.workspaces] == ["Harbour Coffee"]
    assert [name for _, name in stage.waiting] == ["Pine Dental", "Quay Books"]
    rollout.extend(firm.session, firm.template, [firm.pine.id], ALICE)
    assert (firm.seen(firm.pine), firm.seen(firm.quay)) == (NEW, BASE)
    rollout.finish(firm.session, firm.template, ALICE)
    assert firm.seen(firm.quay) == NEW
    assert rollout.stage_of(firm.session, firm.template) is None
    with pytest.raises(Refused, match="already see the newest version"):
        rollout.finish(firm.session, firm.template, ALICE)


def test_the_last_workspace_ends_the_rollout(firm: Firm) -> None:
    firm.publish(NEW, [firm.harbour.id])
    rollout.extend(firm.session, firm.template, [firm.pine.id, firm.quay.id], ALICE)
    assert rollout.stage_of(firm.session, firm.template) is None
    firm.publish(NEWER, [firm.harbour.id, firm.pine.id, firm.quay.id])
    assert rollout.stage_of(firm.session, firm.template) is None


def test_a_correction_during_a_rollout_reaches_the_stage_only(firm: Firm) -> None:
    firm.publish(NEW, [firm.harbour.id])
    firm.publish(NEWER, [firm.harbour.id])
    assert (firm.seen(firm.harbour), firm.seen(firm.pine)) == (NEWER, BASE)
    stage = rollout.stage_of(firm.session, firm.template)
    assert stage is not None
    assert (stage.version, stage.previous_version) == (3, 1)
    firm.publish(NEW)
    assert (firm.seen(firm.harbour), firm.seen(firm.pine)) == (NEW, NEW)


def test_undo_brings_all_back_to_what_they_saw_as_a_new_version(firm: Firm) -> None:
    firm.publish(NEW, [firm.harbour.id])
    assert rollout.undo(firm.session, firm.template, ALICE) == 3
    assert [firm.seen(place) for place in (firm.harbour, firm.pine, firm.quay)] == [BASE, BASE, BASE]
    assert editing.note_text(editing.history(firm.session, firm.there)[0].note) == "Undone: as version 1"
    firm.publish(NEWER)
    assert rollout.undo(firm.session, firm.template, ALICE) == 5
    assert firm.seen(firm.pine) == BASE


def test_a_first_version_cannot_be_undone(firm: Firm) -> None:
    with pytest.raises(Refused, match="no earlier version"):
        rollout.undo(firm.session, firm.template, ALICE)


def test_what_waits_keeps_its_override_over_the_previous_version(firm: Firm) -> None:
    firm.override(firm.pine, title="Mine")
    firm.publish(NEWER, [firm.harbour.id])
    assert [(one.id, one.title) for one in firm.seen(firm.pine).tiles] == [("open", "Mine"), ("reply", None)]
    rollout.finish(firm.session, firm.template, ALICE)
    assert [(one.id, one.title) for one in firm.seen(firm.pine).tiles] == [
        ("open", "Mine"),
        ("reply", None),
        ("more", None),
    ]


def test_a_rename_during_a_rollout_does_not_end_it(firm: Firm) -> None:
    firm.publish(NEW, [firm.harbour.id])
    collection.rename(firm.session, firm.agency, firm.template.id, "Weekly", ALICE)
    assert (firm.seen(firm.harbour).name, firm.seen(firm.pine).name) == ("Weekly", "Report")
    assert rollout.stage_of(firm.session, firm.template) is not None


@pytest.mark.parametrize("whose", ["nobody", "colossus"])
def test_a_stage_is_of_ones_own_workspaces(firm: Firm, whose: str) -> None:
    chosen = [] if whose == "nobody" else [firm.harbour.id, firm.colossus.id]
    with pytest.raises(Refused if whose == "nobody" else NotFound):
        firm.publish(NEW, chosen)
    opened = editing.open_editing(firm.session, firm.there)
    assert (opened.version, opened.has_draft) == (1, False)


def test_a_foreign_workspace_does_not_join_a_rollout(firm: Firm) -> None:
    firm.publish(NEW, [firm.harbour.id])
    with pytest.raises(NotFound):
        rollout.extend(firm.session, firm.template, [firm.colossus.id], ALICE)
    own = collection.create_view(firm.session, firm.harbour, "Own", BOB, BASE)
    mine = editing.target(firm.session, firm.harbour, own.id)
    base = editing.open_editing(firm.session, mine).base
    with pytest.raises(Refused, match="Only a template is published in stages"):
        editing.publish(
            firm.session, mine, base, BOB, NEW.model_copy(update={"name": "Own"}), stage=[firm.harbour.id]
        )
