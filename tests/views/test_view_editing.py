"""Drafts, merged saves, publishing, history and overrides in the database, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from dashapp.db.engine import reading
from dashapp.db.reports import StoredView, ViewOverride, ViewRevision
from dashapp.db.security import AuditEntry
from dashapp.db.tenants import Agency, Workspace
from dashapp.errors import NotFound, Refused
from dashapp.views.difference import change_sentences, differences
from dashapp.views.editing import drafts as editing
from dashapp.views.editing.collection import create_view
from dashapp.views.exchange import import_view
from dashapp.views.resolve import differs_sentence, problem_sentence
from dashapp.views.schema import View, dump_view, fingerprint
from dashapp.views.sizes import check_sizes
from dashapp.views.store import resolve, shown
from tests.views.arranged import tile, view

ALICE, BOB = "alice@north.example", "bob@north.example"
BASE = view(
    tile("open", 0, 0, options={"metric": "open"}), tile("reply", 3, 0), tile("sent", 6, 0), name="Report"
)


@dataclass
class Desk:
    """Agency North's template and the pieces to edit it with, in one session."""

    session: Session
    agency: Agency
    harbour: Workspace
    pine: Workspace
    template: StoredView

    @property
    def there(self) -> editing.Target:
        """The template itself."""
        return editing.target(self.session, self.agency, self.template.id)

    @property
    def here(self) -> editing.Target:
        """Harbour Coffee's override of it."""
        return editing.target(self.session, self.harbour, self.template.id)

    def publish(self, wanted: editing.Target, changed: View, actor: str = ALICE, **more: Any) -> int:
        base = editing.open_editing(self.session, wanted).base
        made = editing.publish(self.session, wanted, base, actor, changed, **more).version
        assert made is not None
        return made

    def seen(self, workspace: Workspace) -> View:
        return resolve(self.session, workspace, self.template.id)[1]


@pytest.fixture
def desk(engine: Engine, north: Any, south: Any) -> Iterator[Desk]:
    with Session(engine, expire_on_commit=False) as session:
        agency = session.get_one(Agency, north.agency)
        harbour, pine = session.get_one(Workspace, north.harbour), session.get_one(Workspace, north.pine)
        template = create_view(session, agency, "Report", ALICE, BASE)
        session.commit()
        yield Desk(session, agency, harbour, pine, template)


def titled(shown_view: View, key: str, title: str | None) -> View:
    tiles = [one.model_copy(update={"title": title}) if one.id == key else one for one in shown_view.tiles]
    return shown_view.model_copy(update={"tiles": tiles})


def titles(shown_view: View) -> dict[str, str | None]:
    return {one.id: one.title for one in shown_view.tiles}


def test_a_draft_is_seen_by_editors_only_until_it_is_published(desk: Desk) -> None:
    opened = editing.open_editing(desk.session, desk.there)
    assert (opened.view, opened.has_draft, opened.version) == (BASE, False, 1)
    saved = editing.save_draft(desk.session, desk.there, opened.base, titled(BASE, "open", "Opens"), ALICE)
    assert not saved.merged
    again = editing.open_editing(desk.session, desk.there)
    assert (again.has_draft, again.draft_by, again.base) == (True, ALICE, saved.base)
    assert change_sentences(again.changes) == ["Opens: title “Opens” instead of its own title."]
    assert desk.seen(desk.harbour) == BASE
    published = editing.publish(desk.session, desk.there, saved.base, ALICE, note="Clearer\x00")
    assert published.version == 2
    assert titles(desk.seen(desk.harbour))["open"] == "Opens"
    assert not editing.open_editing(desk.session, desk.there).has_draft
    assert [(v.version, v.by, v.note, v.current) for v in editing.history(desk.session, desk.there)] == [
        (2, ALICE, "Clearer ", True),
        (1, ALICE, "", False),
    ]


def test_saving_what_stands_makes_no_revision_and_going_back_ends_the_draft(desk: Desk) -> None:
    base = editing.open_editing(desk.session, desk.there).base
    same = editing.save_draft(desk.session, desk.there, base, BASE, ALICE)
    assert same.base == base
    changed = editing.save_draft(desk.session, desk.there, base, titled(BASE, "open", "X"), ALICE)
    back = editing.save_draft(desk.session, desk.there, changed.base, BASE, ALICE)
    assert back.base not in (base, changed.base)
    assert not editing.open_editing(desk.session, desk.there).has_draft


def test_two_people_editing_get_both_and_the_later_one_is_told(desk: Desk) -> None:
    base = editing.open_editing(desk.session, desk.there).base
    editing.save_draft(desk.session, desk.there, base, titled(BASE, "open", "Bob's"), BOB)
    mine = titled(titled(BASE, "reply", "Alice's"), "open", "No, Alice's")
    saved = editing.save_draft(desk.session, desk.there, base, mine, ALICE)
    assert (saved.merged, saved.who) == (True, BOB)
    assert titles(saved.view) == {"open": "Bob's", "reply": "Alice's", "sent": None}
    assert [(one.field, one.mine, one.theirs) for one in saved.conflicts] == [
        ("title", "No, Alice's", "Bob's")
    ]
    # Alice looked, and insists: from the new base it is an edit like any other.
    insisted = editing.save_draft(
        desk.session, desk.there, saved.base, titled(saved.view, "open", "No, Alice's"), ALICE
    )
    assert (insisted.merged, titles(insisted.view)["open"]) == (False, "No, Alice's")


def test_nobody_publishes_what_they_have_not_seen(desk: Desk) -> None:
    base = editing.open_editing(desk.session, desk.there).base
    editing.save_draft(desk.session, desk.there, base, titled(BASE, "open", "Bob's"), BOB)
    tried = editing.publish(desk.session, desk.there, base, ALICE, titled(BASE, "reply", "Alice's"))
    assert tried.version is None
    assert change_sentences(tried.saved.others) == ["Bob's: title “Bob's” instead of its own title."]
    assert desk.seen(desk.pine) == BASE
    done = editing.publish(desk.session, desk.there, tried.saved.base, ALICE)
    assert done.version == 2
    assert titles(desk.seen(desk.pine)) == {"open": "Bob's", "reply": "Alice's", "sent": None}


def test_publishing_nothing_new_is_no_version(desk: Desk) -> None:
    base = editing.open_editing(desk.session, desk.there).base
    assert editing.publish(desk.session, desk.there, base, ALICE).version == 1
    assert len(editing.history(desk.session, desk.there)) == 1


@pytest.mark.parametrize("base", ["", "r", "r9", "r1.t1", "x1", "r1 ", "r99999999999", None, 1])
def test_a_base_that_is_none_is_refused_and_nothing_is_saved(desk: Desk, base: Any) -> None:
    with pytest.raises(Refused, match="load it again"):
        editing.save_draft(desk.session, desk.there, base, titled(BASE, "open", "X"), ALICE)
    assert desk.session.scalar(select(func.count()).select_from(ViewRevision)) == 1


def test_a_bad_layout_is_refused_and_nothing_is_saved(desk: Desk) -> None:
    base = editing.open_editing(desk.session, desk.there).base
    many = [tile(f"t{n}", 0, 2 * n) for n in range(41)]
    for tiles, said in (
        ([tile("a"), tile("b", 1, 1)], "tiles a and b overlap"),
        ([tile("a"), tile("a", 6, 6)], "two tiles have the same id"),
        (many, "a view has at most 40 tiles, this one has 41"),
        (
            [tile("a").model_copy(update={"y": -1})],
            r"tiles\.0\.y: Input should be greater than or equal to 0",
        ),
        ([tile("a").model_copy(update={"h": 900})], r"tiles\.0\.h: Input should be less than or equal to 12"),
        ([tile("a").model_copy(update={"x": 11})], "tile a reaches beyond the 12 columns"),
        ([tile("a").model_copy(update={"options": {"metric": 1}})], r"tiles\.0\.options\.metric: "),
    ):
        with pytest.raises(Refused, match=said):
            editing.save_draft(
                desk.session, desk.there, base, View.model_construct(name="X", tiles=tiles), ALICE
            )
    assert editing.open_editing(desk.session, desk.there).base == base
    assert desk.session.scalar(select(func.count()).select_from(ViewRevision)) == 1


def test_two_whole_views_that_are_too_many_together_are_refused(desk: Desk) -> None:
    base = editing.open_editing(desk.session, desk.there).base
    thirty = [*BASE.tiles, *[tile(f"b{n}", 0, 2 + 2 * n) for n in range(30)]]
    editing.save_draft(desk.session, desk.there, base, view(*thirty, name="Report"), BOB)
    ten = [*BASE.tiles, *[tile(f"a{n}", 0, 2 + 2 * n) for n in range(8)]]
    with pytest.raises(Refused, match="at most 40 tiles, this one has 41"):
        editing.save_draft(desk.session, desk.there, base, view(*ten, name="Report"), ALICE)
    assert len(editing.open_editing(desk.session, desk.there).view.tiles) == 33


def test_a_discarded_draft_is_gone_for_all_and_late_savers_are_merged(desk: Desk) -> None:
    base = editing.open_editing(desk.session, desk.there).base
    bobs = editing.save_draft(desk.session, desk.there, base, titled(BASE, "open", "Bob's"), BOB)
    after = editing.discard_draft(desk.session, desk.there, ALICE)
    assert (after.has_draft, after.view) == (False, BASE)
    late = editing.save_draft(desk.session, desk.there, bobs.base, titled(bobs.view, "reply", "Bob's"), BOB)
    assert titles(late.view) == {"open": None, "reply": "Bob's", "sent": None}


def test_an_old_version_comes_back_as_a_new_one_under_the_draft(desk: Desk) -> None:
    desk.publish(desk.there, titled(BASE, "open", "Second"))
    base = editing.open_editing(desk.session, desk.there)
    editing.save_draft(desk.session, desk.there, base.base, titled(base.view, "reply", "In the draft"), BOB)
    assert editing.restore(desk.session, desk.there, 1, ALICE) == 3
    assert titles(desk.seen(desk.harbour)) == {"open": None, "reply": None, "sent": None}
    opened = editing.open_editing(desk.session, desk.there)
    assert titles(opened.view) == {"open": None, "reply": "In the draft", "sent": None}
    newest = editing.history(desk.session, desk.there)[0]
    assert (editing.note_text(newest.note), editing.note_text(newest.note, "fr")) == (
        "Version 1 restored",
        "Version 1 restaurée",
    )
    assert change_sentences(editing.version_changes(desk.session, desk.there, 3)) == [
        "Open rate: title its own title instead of “Second”."
    ]
    assert titles(editing.version_view(desk.session, desk.there, 2))["open"] == "Second"
    assert editing.version_changes(desk.session, desk.there, 1) == ()
    for unknown in (0, 4, -1):
        with pytest.raises(NotFound):
            editing.restore(desk.session, desk.there, unknown, ALICE)


def test_a_workspaces_override_follows_the_template_live(desk: Desk) -> None:
    opened = editing.open_editing(desk.session, desk.here)
    assert (opened.base, opened.version) == ("r0.t1", 0)
    draft = editing.save_draft(desk.session, desk.here, opened.base, titled(BASE, "open", "Harbour"), BOB)
    assert desk.seen(desk.harbour) == BASE
    assert next(differs_sentence(t) for t in draft.resolved.tiles) == (
        "Differs from the template: title “Harbour” instead of its own title."
    )
    assert editing.publish(desk.session, desk.here, draft.base, BOB).version == 1
    before = fingerprint(desk.seen(desk.harbour))
    assert titles(desk.seen(desk.harbour))["open"] == "Harbour"
    assert desk.seen(desk.pine) == BASE
    desk.publish(desk.there, titled(BASE, "sent", "Everywhere"))
    assert titles(desk.seen(desk.harbour)) == {"open": "Harbour", "reply": None, "sent": "Everywhere"}
    assert titles(desk.seen(desk.pine)) == {"open": None, "reply": None, "sent": "Everywhere"}
    assert fingerprint(desk.seen(desk.harbour)) != before


def test_a_template_published_while_a_workspace_edits_is_merged_into_its_save(desk: Desk) -> None:
    opened = editing.open_editing(desk.session, desk.here)
    desk.publish(desk.there, titled(titled(BASE, "sent", "Agency's"), "open", "Agency's"))
    mine = titled(titled(BASE, "reply", "Harbour"), "open", "Harbour")
    saved = editing.save_draft(desk.session, desk.here, opened.base, mine, BOB)
    assert (saved.merged, saved.who) == (True, ALICE)
    assert titles(saved.view) == {"open": "Agency's", "reply": "Harbour", "sent": "Agency's"}
    assert [one.mine for one in saved.conflicts] == ["Harbour"]
    row = desk.session.scalars(select(ViewOverride)).one()
    entry = desk.session.scalars(select(ViewRevision).where(ViewRevision.override_id == row.id)).one()
    assert '"sent"' not in entry.body, "the template's own change is no override"


def test_one_click_takes_an_override_back(desk: Desk) -> None:
    hidden = BASE.model_copy(
        update={"tiles": [*titled(BASE, "open", "Harbour").tiles[:2], tile("own", 0, 4)]}
    )
    options = {"metric": "bounce", "attribution": "lead"}
    hidden.tiles[1] = hidden.tiles[1].model_copy(update={"options": options, "title": "Bounced"})
    desk.publish(desk.here, hidden, BOB)
    assert [t.id for t in shown(desk.session, desk.harbour, desk.template.id).resolved.hidden] == ["sent"]
    editing.drop_override(desk.session, desk.here, BOB, "reply", "options.metric")
    reply = next(t for t in desk.seen(desk.harbour).tiles if t.id == "reply")
    assert (reply.options["metric"], reply.title) == ("reply", "Bounced")
    editing.drop_override(desk.session, desk.here, BOB, "sent")
    editing.drop_override(desk.session, desk.here, BOB, "own")
    assert titles(desk.seen(desk.harbour)) == {"open": "Harbour", "reply": "Bounced", "sent": None}
    with pytest.raises(NotFound):
        editing.drop_override(desk.session, desk.here, BOB, "own")
    editing.drop_override(desk.session, desk.here, BOB)
    assert desk.seen(desk.harbour) == BASE
    assert [editing.note_text(v.note) for v in editing.history(desk.session, desk.here)][:4] == (
        ["Back to the template"] * 4
    )
    assert editing.restore(desk.session, desk.here, 1, BOB) == 6
    assert titles(desk.seen(desk.harbour))["open"] == "Harbour"
    with pytest.raises(Refused):
        editing.drop_override(desk.session, desk.there, BOB)


def test_dropping_reaches_the_draft_too_and_leaves_its_other_changes(desk: Desk) -> None:
    desk.publish(desk.here, titled(BASE, "open", "Harbour"), BOB)
    opened = editing.open_editing(desk.session, desk.here)
    editing.save_draft(desk.session, desk.here, opened.base, titled(opened.view, "reply", "Draft"), BOB)
    after = editing.drop_override(desk.session, desk.here, BOB, "open")
    assert titles(after.view) == {"open": None, "reply": "Draft", "sent": None}
    assert titles(desk.seen(desk.harbour)) == {"open": None, "reply": None, "sent": None}


def test_a_locked_tile_is_refused_in_a_workspace_and_nothing_is_saved(desk: Desk) -> None:
    locked = [BASE.tiles[0].model_copy(update={"locked": True}), *BASE.tiles[1:]]
    desk.publish(desk.there, BASE.model_copy(update={"tiles": locked}))
    opened = editing.open_editing(desk.session, desk.here)
    with pytest.raises(Refused, match="The agency locked “Open rate”"):
        editing.save_draft(desk.session, desk.here, opened.base, titled(opened.view, "open", "X"), BOB)
    assert desk.session.scalar(select(func.count()).select_from(ViewOverride)) == 0


def test_an_override_that_cannot_be_read_shows_the_template_and_says_so(desk: Desk) -> None:
    desk.publish(desk.here, titled(BASE, "open", "Harbour"), BOB)
    desk.session.scalars(select(ViewOverride)).one().body = '{"schema_version": 77}'
    found = shown(desk.session, desk.harbour, desk.template.id).resolved
    assert found.view == BASE
    assert [problem_sentence(p, "fr") for p in found.problems] == [
        "Ce que cet espace avait modifié dans le modèle n’est plus lisible\u202f; le modèle est affiché."
    ]


def test_what_is_not_of_the_place_is_not_there(desk: Desk, south: Any) -> None:
    theirs = create_view(desk.session, desk.session.get_one(Agency, south.agency), "Theirs", "charlie")
    pines = create_view(desk.session, desk.pine, "Pine's", ALICE)
    for place, view_id in (
        (desk.agency, theirs.id),
        (desk.harbour, theirs.id),
        (desk.harbour, pines.id),
        (desk.agency, pines.id),
        (desk.session.get_one(Workspace, south.colossus), desk.template.id),
        (desk.agency, 10**12),
        (desk.agency, True),
    ):
        with pytest.raises(NotFound, match="There is no such view"):
            editing.target(desk.session, place, view_id)
    assert not editing.target(desk.session, desk.pine, pines.id).is_override


def test_a_tile_too_small_to_be_read_is_refused_and_nothing_is_saved(desk: Desk) -> None:
    start = editing.open_editing(desk.session, desk.there)
    small = BASE.model_copy(update={"tiles": [*BASE.tiles, tile("grid", 0, 20, 12, 5, type="cohort")]})
    with pytest.raises(Refused, match="“Metrics by cohort” needs 6 columns and 6 rows at least"):
        editing.save_draft(desk.session, desk.there, start.base, small, "alice@north.example")
    assert editing.open_editing(desk.session, desk.there).view == start.view


def test_a_tile_that_was_too_small_before_stays_until_it_is_resized() -> None:
    legacy = tile("grid", 0, 20, 12, 4, type="cohort")
    check_sizes(view(legacy), view(legacy.model_copy(update={"y": 30, "title": "Mine"})))
    with pytest.raises(Refused, match="6 rows at least"):
        check_sizes(view(legacy), view(legacy.model_copy(update={"h": 3})))


def test_a_stored_view_with_tiles_too_small_opens_and_may_come_back_as_it_is(desk: Desk) -> None:
    """Made before the types said their least sizes: shown, exported, brought in again; never made anew."""
    legacy = view(tile("grid", 0, 0, 5, 1, type="cohort"), name="Old")
    desk.there.stored.body = dump_view(legacy)
    desk.session.flush()
    assert shown(desk.session, desk.harbour, desk.there.stored.id).resolved.view == legacy
    slug = desk.there.stored.slug
    again = import_view(desk.session, desk.agency, slug, legacy, ALICE)
    assert again.change == "unchanged"
    titled = view(tile("grid", 0, 0, 5, 1, type="cohort", title="Weeks"), name="Old")
    assert import_view(desk.session, desk.agency, slug, titled, ALICE).change == "changed"
    with pytest.raises(Refused) as refused:
        import_view(desk.session, desk.agency, "copy", legacy, ALICE)
    assert str(refused.value) == (
        "This view cannot be used: tiles.0: “Metrics by cohort” needs 6 columns and 6 rows at least, not 5 by 1."
    )


def test_a_tile_of_one_workspace_only_is_refused_in_a_template(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from dashapp.tiles.registry import tile_types

    monkeypatch.setitem(tile_types(), "week1", replace(tile_types()["week1"], workspace_only=True))
    future = BASE.model_copy(
        update={"tiles": [*BASE.tiles, tile("next", 0, 4, 4, 3, type="week1", title="Next")]}
    )
    base = editing.open_editing(desk.session, desk.there).base
    with pytest.raises(Refused, match="“Next” belongs to one workspace: it cannot be in an agency template"):
        editing.save_draft(desk.session, desk.there, base, future, ALICE)
    desk.publish(desk.here, future, BOB)
    assert "next" in titles(desk.seen(desk.harbour))


def test_the_audit_trail_tells_of_publications_and_not_of_every_save(desk: Desk) -> None:
    base = editing.open_editing(desk.session, desk.there).base
    saved = editing.save_draft(desk.session, desk.there, base, titled(BASE, "open", "X"), ALICE)
    editing.publish(desk.session, desk.there, saved.base, ALICE)
    desk.session.flush()
    found = desk.session.execute(select(AuditEntry.actor, AuditEntry.verb, AuditEntry.detail)).all()
    assert [tuple(row) for row in found] == [
        (ALICE, "view.create", f"view {desk.template.id} (report)"),
        (ALICE, "view.publish", f"view {desk.template.id}: version 2"),
    ]


def test_reading_needs_no_write(desk: Desk, engine: Engine) -> None:
    desk.session.commit()
    with Session(reading(engine)) as session:
        harbour = session.get_one(Workspace, desk.harbour.id)
        found = editing.target(session, harbour, desk.template.id)
        assert editing.open_editing(session, found).view == BASE
        assert editing.history(session, found) == []
        assert not session.new
        assert not session.dirty


@pytest.mark.parametrize("in_workspace", [False, True])
def test_many_saving_at_once_lose_nothing(desk: Desk, engine: Engine, in_workspace: bool) -> None:
    """Six people each add a tile from the same base, each in a transaction of their own, all at once."""
    desk.session.commit()
    base = editing.open_editing(desk.session, desk.here if in_workspace else desk.there).base
    place_id, view_id = desk.harbour.id if in_workspace else desk.agency.id, desk.template.id
    desk.session.close()
    together, errors = threading.Barrier(6), []

    def add(number: int) -> None:
        try:
            together.wait()
            with Session(engine) as session, session.begin():
                place = session.get_one(Workspace if in_workspace else Agency, place_id)
                found = editing.target(session, place, view_id)
                mine = [*BASE.tiles, tile(f"n{number}", 0, 4)]
                editing.save_draft(
                    session, found, base, view(*mine, name="Report"), f"p{number}@north.example"
                )
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=add, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with Session(engine) as session:
        place = session.get_one(Workspace if in_workspace else Agency, place_id)
        found = editing.open_editing(session, editing.target(session, place, view_id))
        assert {one.id for one in found.view.tiles} == {"open", "reply", "sent", *(f"n{n}" for n in range(6))}
        assert session.scalar(select(func.count()).select_from(ViewRevision)) == 7
        numbers = session.scalars(
            select(ViewRevision.revision)
            .where(ViewRevision.saved_by.startswith("p"))
            .order_by(ViewRevision.id)
        )
        assert len(set(numbers)) == 6


def test_two_publishing_at_once_make_one_version_and_one_question(desk: Desk, engine: Engine) -> None:
    desk.session.commit()
    base = editing.open_editing(desk.session, desk.there).base
    agency_id, view_id = desk.agency.id, desk.template.id
    desk.session.close()
    together, made = threading.Barrier(2), []

    def publish(key: str) -> None:
        together.wait()
        with Session(engine) as session, session.begin():
            found = editing.target(session, session.get_one(Agency, agency_id), view_id)
            made.append(editing.publish(session, found, base, f"{key}@x", titled(BASE, key, "Mine")).version)

    threads = [threading.Thread(target=publish, args=(key,)) for key in ("open", "reply")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made, key=str) == [2, None]
    with Session(engine) as session:
        found = editing.target(session, session.get_one(Agency, agency_id), view_id)
        opened = editing.open_editing(session, found)
        assert sorted(t for t in titles(opened.view).values() if t) == ["Mine", "Mine"]
        assert len([t for t in titles(opened.published).values() if t]) == 1
        assert differences(opened.published, opened.view)
