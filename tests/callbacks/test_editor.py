"""The editor's doors: drafts, previews, publishing, the menu; what strangers and bent requests get is one sentence.

Alice owns North, Bob is her analyst (workspaces yes, templates no), Carla manages Harbour Coffee only, Dora is its
client, Charlie owns South.
"""

from __future__ import annotations

import copy
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import event as engine_event
from sqlalchemy import select

from dashapp.db.choices import PageChoice
from dashapp.db.reports import StoredView, ViewRevision
from dashapp.db.tenants import Agency, Workspace
from dashapp.views import store
from dashapp.views.editing import collection
from dashapp.views.schema import parse_view
from dashapp.views.store import shipped_view

HARBOUR = "/w/harbour-coffee/analytics"


@dataclass
class Views:
    """Harbour's own board, North's template, Charlie's board in Colossus."""

    board: int
    template: int
    charlies: int


@pytest.fixture
def views(running: Any, world: Any) -> Views:
    with running.session() as session:
        harbour = session.get_one(Workspace, world.ids["harbour"])
        colossus = session.get_one(Workspace, world.ids["colossus"])
        board = collection.create_view(session, harbour, "Board", "alice@north.example", shipped_view())
        template = store.ensure_default_view(session, session.get_one(Agency, world.ids["north"]))
        theirs = collection.create_view(session, colossus, "ZZZ", "charlie@south.example", shipped_view())
        return Views(board.id, template.id, theirs.id)


class Editing:
    """One person with one view open: what the browser would hold and send."""

    def __init__(self, call: Any, who: Any, view_id: int, path: str = HARBOUR, search: str = "") -> None:
        self.call, self.who, self.view_id, self.path, self.search = call, who, view_id, path, search
        page = call(who, "url", path, f"{search or '?'}&view={view_id}&edit=1").json["response"]["page"]
        stores = [c["props"] for c in page["children"]["props"]["children"] if c["type"] == "Store"]
        model = next(one["data"] for one in stores if one["id"] == "editor-model")
        self.view, self.base, self.marks = model["view"], model["base"], model["marks"]

    def tile(self, name: str) -> dict[str, Any]:
        return next(tile for tile in self.view["tiles"] if tile["id"] == name)

    def ask(self, op: str, **more: Any) -> Any:
        data = {"op": op, "n": 1, "view_id": self.view_id, **more}
        return self.call(self.who, "editor-ask", data, self.path, self.search)

    def act(self, op: str, **more: Any) -> Any:
        data = {"op": op, "n": 1, "view_id": self.view_id, **more}
        return self.call(self.who, "editor-act", data, self.path, self.search)

    def save(self) -> dict[str, Any]:
        done = self.act("save", base=self.base, view=self.view).json["response"]["editor-acted"]["data"]
        self.view, self.base, self.marks = done["view"], done["base"], done["marks"]
        return done

    def publish(self, **more: Any) -> dict[str, Any]:
        sent = {"base": self.base, "view": self.view, "note": "", "stage": None, **more}
        return self.act("publish", **sent).json["response"]["editor-acted"]["data"]


def stored(running: Any, view_id: int) -> dict[str, Any]:
    with running.reading() as session:
        view = parse_view(session.get_one(StoredView, view_id).body)
    return {tile.id: tile for tile in view.tiles}


def revisions(running: Any) -> int:
    with running.reading() as session:
        return len(list(session.scalars(select(ViewRevision))))


def test_the_gallery_reads_the_workspace_once_for_all_its_tiles(
    alice: Any, call: Any, running: Any, views: Views
) -> None:
    """Each card is a report of one tile, and all of them are of one snapshot."""
    editing = Editing(call, alice, views.board)
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    engine_event.listen(running.engine, "before_cursor_execute", note)
    try:
        answer = editing.ask("gallery")
    finally:
        engine_event.remove(running.engine, "before_cursor_execute", note)
    assert answer.text.count("data-tile") > 10
    assert sum("what is published of a workspace" in statement for statement in asked) == 1, asked


def test_a_draft_is_nobodys_view_until_it_is_published(
    alice: Any, call: Any, running: Any, views: Views
) -> None:
    editing = Editing(call, alice, views.board)
    editing.tile("sent")["title"] = "Sent so far"
    editing.save()
    assert stored(running, views.board)["sent"].title is None
    assert Editing(call, alice, views.board).tile("sent")["title"] == "Sent so far"
    assert editing.publish()["go"] == f"{HARBOUR}?view={views.board}"
    assert stored(running, views.board)["sent"].title == "Sent so far"


def test_a_previewed_tile_follows_the_form_and_nothing_is_saved(
    alice: Any, call: Any, running: Any, views: Views
) -> None:
    editing = Editing(call, alice, views.board)
    before = revisions(running)
    form = {"title": "Answers", "metric": "reply", "attribution": "lead"}
    data = editing.ask("preview", tile=editing.tile("open"), form=form).json["response"]["editor-asked"][
        "data"
    ]
    assert data["tile"] == {"title": "Answers", "options": {"metric": "reply", "attribution": "lead"}}
    assert "Answers" in data["html"]
    assert revisions(running) == before


def test_a_form_that_cannot_be_says_so_beside_its_field(alice: Any, call: Any, views: Views) -> None:
    editing = Editing(call, alice, views.board)
    form = {"title": "x" * 81, "metric": "happiness"}
    data = editing.ask("preview", tile=editing.tile("open"), form=form).json["response"]["editor-asked"][
        "data"
    ]
    assert data["problems"]["title"] == "A title can have at most 80 characters."
    assert set(data["problems"]) == {"title", "metric"}
    assert "html" not in data


def test_two_people_who_change_different_tiles_both_get_both(
    alice: Any, browser: Any, call: Any, views: Views
) -> None:
    hers, his = Editing(call, alice, views.board), Editing(call, browser("bob"), views.board)
    hers.tile("sent")["title"] = "Hers"
    hers.save()
    his.tile("open")["title"] = "His"
    done = his.save()
    assert (done["merged"], done["who"], done["conflicts"]) == (True, "alice@north.example", [])
    assert (his.tile("sent")["title"], his.tile("open")["title"]) == ("Hers", "His")
    assert "Hers" in done["html"]


def test_the_same_title_twice_is_a_conflict_and_mine_can_be_had(
    alice: Any, browser: Any, call: Any, views: Views
) -> None:
    hers, his = Editing(call, alice, views.board), Editing(call, browser("bob"), views.board)
    hers.tile("sent")["title"] = "Hers"
    hers.save()
    his.tile("sent")["title"] = "His"
    done = his.save()
    assert his.tile("sent")["title"] == "Hers"
    assert len(done["conflicts"]) == 1
    assert "alice@north.example" in done["conflicts"][0]["sentence"]
    mine = his.act("mine", base=his.base, view=his.view, conflict=done["conflicts"][0]["conflict"])
    after = mine.json["response"]["editor-acted"]["data"]["view"]["tiles"]
    assert next(tile for tile in after if tile["id"] == "sent")["title"] == "His"


def test_who_publishes_sees_first_what_others_did(alice: Any, browser: Any, call: Any, views: Views) -> None:
    hers, his = Editing(call, alice, views.board), Editing(call, browser("bob"), views.board)
    hers.tile("sent")["title"] = "Hers"
    hers.save()
    his.tile("open")["title"] = "His"
    done = his.publish()
    assert "go" not in done
    assert done["merged"] is True


def test_six_saves_at_once_keep_all_six_tiles(app: Any, browser: Any, call: Any, views: Views) -> None:
    names = ["sent", "open", "reply", "positive", "trend", "campaigns"]
    people = [Editing(call, browser("alice"), views.board) for _ in names]
    for person, name in zip(people, names, strict=True):
        person.tile(name)["title"] = f"By {name}"
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda p: p.act("save", base=p.base, view=p.view).status_code, people))
    assert set(answers) <= {200, 503}
    now = Editing(call, browser("alice"), views.board)
    for name, answer in zip(names, answers, strict=True):
        if answer == 200:
            assert now.tile(name)["title"] == f"By {name}"
    assert answers.count(200) >= 1


def bent(view: dict[str, Any], how: str) -> dict[str, Any]:
    view = copy.deepcopy(view)
    first, second = view["tiles"][0], view["tiles"][1]
    match how:
        case "overlap":
            second["x"], second["y"] = first["x"], first["y"]
        case "negative":
            first["x"] = -1
        case "gigantic":
            first["h"] = 10**9
        case "beyond":
            first["x"], first["w"] = 11, 12
        case "fraction":
            first["w"] = 2.5
        case "text":
            first["w"] = "3"
        case "twice":
            second["id"] = first["id"]
        case "foreign type":
            first["type"] = "../../etc/passwd"
        case "newer":
            view["schema_version"] = 99
        case "unknown key":
            first["onclick"] = "alert(1)"
        case "unknown option":
            first["options"] = {"__class__": "x"}
        case "many":
            view["tiles"] = [{**first, "id": f"t{n}", "x": 0, "y": n * 2, "w": 2, "h": 1} for n in range(41)]
        case "none":
            view["tiles"] = None
    return view


MORE = ("newer", "unknown key", "unknown option", "many", "none")


@pytest.mark.parametrize(
    "how",
    [
        "overlap",
        "negative",
        "gigantic",
        "beyond",
        "fraction",
        "text",
        "twice",
        "foreign type",
        "newer",
        "unknown key",
        "unknown option",
        "many",
        "none",
    ],
)
def test_a_bent_view_is_one_sentence_and_nothing_is_saved(
    alice: Any, call: Any, running: Any, views: Views, how: str
) -> None:
    editing = Editing(call, alice, views.board)
    before, kept = revisions(running), stored(running, views.board)
    for op in ("save", "publish"):
        more = {"note": "", "stage": None} if op == "publish" else {}
        answer = editing.act(op, base=editing.base, view=bent(editing.view, how), **more)
        assert answer.status_code == 400
        told = answer.json["detail"]
        assert told.endswith(".")
        assert len(told) < 300
        assert "Traceback" not in told
    assert revisions(running) == before
    assert stored(running, views.board) == kept
    assert Editing(call, alice, views.board).view == editing.view


@pytest.mark.parametrize("op", ["gallery", "history", "review"])
@pytest.mark.parametrize("who", ["charlie", "dora"])
def test_strangers_and_clients_find_no_editor(
    browser: Any, call: Any, views: Views, who: str, op: str
) -> None:
    data = {"op": op, "n": 1, "view_id": views.board}
    assert call(browser(who), "editor-ask", data, HARBOUR, "").status_code == 404
    assert call(browser(who), "url", HARBOUR, f"?view={views.board}&edit=1").status_code == 200
    page = call(browser(who), "url", HARBOUR, f"?view={views.board}&edit=1").json["response"]["page"]
    assert "editor-model" not in str(page)


def test_a_tile_is_copied_to_another_view_and_waits_there_in_its_draft(
    alice: Any, call: Any, running: Any, world: Any, views: Views
) -> None:
    with running.session() as session:
        harbour = session.get_one(Workspace, world.ids["harbour"])
        empty = shipped_view().model_copy(update={"tiles": []})
        other = collection.create_view(session, harbour, "Other", "alice@north.example", empty).id
    editing = Editing(call, alice, views.board)
    editing.tile("open")["title"] = "Opened by people"
    editing.save()
    done = editing.act("copy", tile_id="open", to=other)
    assert done.status_code == 200
    assert stored(running, other) == {}  # a draft is nobody's view yet
    there = Editing(call, alice, other, search="?period=28")
    (copy_of,) = there.view["tiles"]
    original = editing.tile("open")
    assert (copy_of["type"], copy_of["title"]) == ("kpi", "Opened by people")
    assert copy_of["options"] == original["options"]
    assert (copy_of["x"], copy_of["y"], copy_of["w"], copy_of["h"]) == (0, 0, original["w"], original["h"])
    there.publish()
    assert [tile.title for tile in stored(running, other).values()] == ["Opened by people"]
    assert stored(running, views.board)["open"].title is None
    # What is not there is not copied, and Charlie's view is not a place to copy to (another test).
    assert editing.act("copy", tile_id="nothing", to=other).status_code in {404, 409, 422}
    assert len(stored(running, other)) == 1


def test_a_view_of_another_place_is_not_there(alice: Any, call: Any, running: Any, views: Views) -> None:
    before = stored(running, views.charlies)
    for view_id in (views.charlies, 999_999):
        answer = call(alice, "editor-act", {"op": "discard", "n": 1, "view_id": view_id}, HARBOUR, "")
        assert answer.status_code == 404
        page = call(alice, "url", HARBOUR, f"?view={view_id}").json["response"]
        assert "does not exist" in str(page["page"])
        for deed in ({"op": "star"}, {"op": "rename", "name": "Mine"}, {"op": "delete", "and_links": True}):
            data = {"at": 1, "view_id": view_id, **deed}
            assert call(alice, "view-act", data, HARBOUR, "").status_code == 404
    copy_to = {"op": "copy", "n": 1, "view_id": views.board, "tile_id": "sent", "to": views.charlies}
    assert call(alice, "editor-act", copy_to, HARBOUR, "").status_code == 404
    assert stored(running, views.charlies) == before


@pytest.mark.parametrize("said", ["0", "-1", "1.5", "x", "９", "1" * 30, "1;drop"])
def test_an_address_that_names_no_view_shows_none(alice: Any, call: Any, said: str) -> None:
    page = call(alice, "url", HARBOUR, f"?view={said}").json["response"]["page"]
    assert "does not exist" in str(page)


@pytest.mark.parametrize(("who", "found"), [("alice", True), ("bob", False), ("carla", False)])
def test_templates_are_edited_by_those_who_manage_the_agency_only(
    browser: Any, call: Any, views: Views, who: str, found: bool
) -> None:
    page = str(call(browser(who), "url", "/analytics", "?agency=north").json["response"]["page"])
    assert ("North templates" in page) is found
    data = {"op": "review", "n": 1, "view_id": views.template}
    status = call(browser(who), "editor-ask", data, "/analytics", "?agency=north").status_code
    assert status == (200 if found else 404)


def test_charlie_finds_neither_north_nor_its_workspaces_as_a_preview(
    browser: Any, call: Any, views: Views
) -> None:
    charlie = browser("charlie")
    for search in ("?agency=north", "?agency=south&workspace=harbour-coffee", "?agency=nowhere"):
        assert "does not exist" in str(call(charlie, "url", "/analytics", search).json["response"]["page"])


def test_a_workspace_departs_from_the_template_and_comes_back(
    alice: Any, call: Any, running: Any, views: Views
) -> None:
    editing = Editing(call, alice, views.template)
    editing.tile("open")["options"] = {"metric": "click", "attribution": "email"}
    editing.view["tiles"] = [tile for tile in editing.view["tiles"] if tile["id"] != "cohort"]
    done = editing.save()
    assert done["marks"]["open"]["mark"] == "Differs"
    assert "instead of" in done["marks"]["open"]["differs"]
    assert [one["id"] for one in done["hidden"]] == ["cohort"]
    editing.publish()
    assert stored(running, views.template)["open"].options["metric"] == "open"  # the template stays as it was
    shown = call(alice, "url", HARBOUR, f"?view={views.template}").json["response"]["page"]
    assert "2 tiles differ" in str(shown)
    back = editing.ask("reset", tile_id="cohort", view=editing.view).json["response"]["editor-asked"]["data"]
    assert "cohort" in {tile["id"] for tile in back["view"]["tiles"]}
    editing.act("drop")
    assert "differ" not in str(
        call(alice, "url", HARBOUR, f"?view={views.template}").json["response"]["page"]["children"]["props"]
    )


def test_a_staged_template_reaches_the_chosen_first_and_is_undone_for_all(
    alice: Any, call: Any, running: Any, views: Views, world: Any
) -> None:
    search = "?agency=north&workspace=harbour-coffee"
    editing = Editing(call, alice, views.template, "/analytics", search)
    editing.tile("sent")["title"] = "Fresh title"
    editing.save()
    review = editing.ask("review").json["response"]["editor-asked"]["data"]["html"]
    assert "2 workspaces look different; 1 open share link shows it." in review
    assert "go" in editing.publish(stage=[world.ids["harbour"]])
    assert "Fresh title" in titles(call, alice, HARBOUR, views.template)
    assert "Fresh title" not in titles(call, alice, "/w/pine-dental/analytics", views.template)
    deed = {"op": "undo", "at": 1, "view_id": views.template, "workspaces": []}
    assert call(alice, "view-act", deed, "/analytics", search).status_code == 200
    assert "Fresh title" not in titles(call, alice, HARBOUR, views.template)


def titles(call: Any, who: Any, path: str, view: int) -> str:
    return str(call(who, "url", path, f"?view={view}").json["response"]["page"])


def test_a_stage_with_a_stranger_in_it_publishes_nothing(
    alice: Any, call: Any, running: Any, views: Views, world: Any
) -> None:
    editing = Editing(call, alice, views.template, "/analytics", "?agency=north")
    editing.tile("sent")["title"] = "New"
    sent = {"base": editing.base, "view": editing.view, "note": "", "stage": [world.ids["colossus"]]}
    assert editing.act("publish", **sent).status_code in {400, 404}
    assert stored(running, views.template)["sent"].title is None


def test_the_menu_makes_renames_stars_and_deletes(alice: Any, call: Any, running: Any, views: Views) -> None:
    def act(**deed: Any) -> Any:
        return call(alice, "view-act", {"at": 1, **deed}, HARBOUR, "")

    made = act(op="new", name="Weekly").json["response"]["view-acted"]["data"]["go"]
    assert made.endswith("edit=1")
    new = int(made.partition("view=")[2].partition("&")[0])
    empty = call(alice, "url", HARBOUR, f"?view={new}&edit=1").json["response"]["page"]
    assert str(empty).count("data-starter=") == 3
    assert act(op="rename", view_id=new, name="Monthly").status_code == 200
    assert act(op="star", view_id=new).status_code == 200
    assert "Monthly" in str(call(alice, "url", HARBOUR, "").json["response"]["page"])
    assert act(op="unstar", view_id=new).status_code == 200
    assert act(op="delete", view_id=new, and_links=False).status_code == 200
    assert act(op="delete", view_id=new, and_links=False).status_code == 404
    assert act(op="new", name=" ").status_code == 400
    assert act(op="new", name="x" * 300).status_code == 400


def test_controls_are_kept_for_the_person_who_chose_them(
    alice: Any, browser: Any, call: Any, running: Any, world: Any
) -> None:
    said = {"search": "period=7&campaign=Autumn&evil=%3Cscript%3E", "at": 1}
    assert call(alice, "controls-chosen", said, HARBOUR).status_code in {200, 204}
    with running.reading() as session:
        rows = list(session.scalars(select(PageChoice)))
    assert [(row.user_id, row.workspace_id, row.search) for row in rows] == [
        (world.ids["alice"], world.ids["harbour"], "period=7")  # a filter is remembered by nobody
    ]
    go = call(alice, "url", HARBOUR, "").json["response"]["title"]["data"]
    assert go == {"go": f"{HARBOUR}?period=7"}
    bobs = call(browser("bob"), "url", HARBOUR, "").json["response"]["title"]["data"]
    assert bobs["title"].startswith("Harbour")
    assert (
        bobs["corrected"] == f"{HARBOUR}?period=28"
    )  # what is shown stands in the address, for the way back
    assert call(browser("charlie"), "controls-chosen", said, HARBOUR).status_code == 404


@pytest.mark.parametrize(
    ("search", "told"),
    [
        (
            "?from=2026-11-10&to=2026-11-01",
            "The first day of the period comes after its last; 28 days are shown.",
        ),
        ("?from=2026-11-10", "The period needs a first and a last day"),
        ("?from=0001-01-01&to=2026-11-01", "The period lies outside the years"),
        ("?from=2020-01-01&to=2026-11-01", "A period can have at most 731 days; 28 days are shown."),
        ("?period=1000", "There is no period"),
        ("?sender=yahoo", "The sender provider in the address is not one we know"),
    ],
)
def test_controls_that_cannot_be_are_told(alice: Any, call: Any, search: str, told: str) -> None:
    assert told in str(call(alice, "url", HARBOUR, search).json["response"]["page"])
    answer = call(alice, "url", HARBOUR, search).json["response"]
    assert 'role="alert"' in str(answer["page"])
    assert answer["title"]["data"]["corrected"] == f"{HARBOUR}?period=28", "what is shown has this address"


def test_a_template_is_shown_with_a_workspace_that_has_data(
    alice: Any, call: Any, running: Any, world: Any
) -> None:
    """The first of the alphabet may be empty, and so every tile of the page."""
    for slug, said in (
        ("", "Figures of Harbour Coffee"),
        ("&workspace=pine-dental", "Figures of Pine Dental"),
    ):
        page = str(call(alice, "url", "/analytics", f"?agency=north{slug}").json["response"]["page"])
        assert said in page
    own = str(call(alice, "url", "/w/pine-dental/analytics", "").json["response"]["page"])
    words = 'Figures appear here with the first e-mail sent. <a href=\\"/w/pine-dental/sources\\"'
    assert own.count(words) == page.count(words), "the words of the workspace's own page"


def test_a_wrong_period_of_a_template_is_told_and_the_address_corrected(alice: Any, call: Any) -> None:
    answer = call(alice, "url", "/analytics", "?from=2026-11-10&to=2026-11-01&compare=year").json["response"]
    assert "comes after its last; 28 days are shown." in str(answer["page"])
    at = answer["title"]["data"]["corrected"]
    assert at.startswith("/analytics?agency=north&workspace=")
    assert at.endswith("&period=28&compare=year")


def test_the_panel_is_headed_as_the_tile_is_and_says_how_long_a_title_can_be(
    alice: Any, call: Any, views: Views
) -> None:
    editing = Editing(call, alice, views.board)
    tile = editing.tile("open")
    html = editing.ask("panel", tile=tile).json["response"]["editor-asked"]["data"]["html"]
    assert '<h2 id="ed-panel-title" tabindex="-1">Open rate</h2>' in html
    assert "Key figure" in html
    assert 'maxlength="80"' in html
    assert 'placeholder="Open rate"' in html
    assert 'data-count="title">0 of 80 characters<' in html
    named = editing.ask("panel", tile={**tile, "title": "Ours"}).json["response"]["editor-asked"]["data"]
    assert '<h2 id="ed-panel-title" tabindex="-1">Ours</h2>' in named["html"]
    assert 'data-count="title">4 of 80 characters<' in named["html"]
    form = {"title": "", "metric": "reply", "view": "absolute"}
    data = editing.ask("preview", tile=tile, form=form).json["response"]["editor-asked"]["data"]
    assert data["own_title"] == "Replies"
