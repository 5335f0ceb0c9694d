"""The agency's templates in the editor, the menu of views, and the controls a person keeps."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from dashapp.db.choices import PageChoice
from tests.callbacks.editing import HARBOUR, Editing, Views, stored, titles


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
