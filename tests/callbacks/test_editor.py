"""The editor's doors: drafts, previews, publishing, the menu; what strangers and bent requests get is one sentence.

Alice owns North, Bob is her analyst (workspaces yes, templates no), Carla manages Harbour Coffee only, Dora is its
client, Charlie owns South.
"""

from __future__ import annotations

import copy
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import event as engine_event

from dashapp.db.tenants import Workspace
from dashapp.views.editing import collection
from dashapp.views.store import shipped_view
from tests.callbacks.editing import HARBOUR, Editing, Views, revisions, stored


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
