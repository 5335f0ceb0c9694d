"""The address in the browser's message is a wish: the page is that of what the viewer may see."""

from __future__ import annotations

import re
from typing import Any

import pytest

from pages.home import rows as home_rows

HARBOUR = "/w/harbour-coffee/analytics"


def test_alice_sees_both_her_workspaces_and_not_charlies(alice: Any, call: Any) -> None:
    text = call(alice, "url", "/", "").text
    assert "Harbour Coffee" in text
    assert "Pine Dental" in text
    assert "Colossus" not in text


def test_carla_of_harbour_alone_sees_no_other_workspace(browser: Any, call: Any) -> None:
    answer = call(browser("carla"), "url", "/", "")
    assert answer.json["response"]["title"]["data"] == {"go": "/w/harbour-coffee"}, "no list of one"
    assert "Pine Dental" not in answer.text


def test_the_home_is_paged_and_searched_by_its_address(
    alice: Any, call: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home_rows, "MOST_ROWS", 1)

    def asked(search: str) -> tuple[str, Any]:
        answer = call(alice, "url", "/", search).json["response"]
        names = [str(one) for one in _all(answer["page"]["children"], "A") if "dk-row-link" in str(one)]
        return " ".join(names), answer["title"]["data"]

    for search, name in (("", "Harbour"), ("?page=2", "Pine"), ("?q=PINE", "Pine"), ("?q=harb", "Harbour")):
        shown, title = asked(search)
        assert [one for one in ("Harbour", "Pine", "Colossus") if one in shown] == [name]
        assert title == "Workspaces · Vitrine"
    assert asked("?q=colossus")[0] == ""
    for search, right in (("?page=0", "/"), ("?page=-3", "/"), ("?page=abc&q=e", "/?q=e"), ("?q=%00", None)):
        assert asked(search)[1] == (
            {"title": "Workspaces · Vitrine", "corrected": right} if right else "Workspaces · Vitrine"
        )
    assert asked(f"?page={10**9}")[1]["corrected"] == "/?page=2"
    assert asked(f"?q={'x' * 1_990}")[0] == ""


@pytest.mark.parametrize("page", ["analytics", "sources"])
@pytest.mark.parametrize("slug", ["pine-dental", "colossus", "nowhere"])
def test_what_is_not_carlas_looks_like_what_is_not_there(
    browser: Any, call: Any, slug: str, page: str
) -> None:
    answer = call(browser("carla"), "url", f"/w/{slug}/{page}", "").json["response"]
    assert answer["title"]["data"] == "Not found · North"
    assert "This page does not exist" in str(answer["page"])
    assert "Pine" not in str(answer)
    assert "Colossus" not in str(answer)


@pytest.mark.parametrize(
    ("path", "search"),
    [
        (HARBOUR, "?slug=colossus"),
        (HARBOUR, "?workspace=colossus&pathname=/w/colossus/analytics"),
        (HARBOUR, "?period=28&period=90&slug=colossus"),
    ],
)
def test_a_query_parameter_never_stands_in_for_the_path(
    alice: Any, call: Any, path: str, search: str
) -> None:
    answer = call(alice, "url", path, search).json["response"]
    title = answer["title"]["data"]
    assert "Harbour Coffee · Analytics · Vitrine" in {title} if isinstance(title, str) else title.values()
    assert "olossus" not in str(answer)


@pytest.mark.parametrize(
    "path",
    [
        "//w/colossus/analytics",
        "/w/harbour-coffee/../colossus/analytics",
        "/w/%63olossus/analytics",
        "/w/harbour-coffee/analytics/",
        "/w/harbour-coffee/analytics\n",
        "/w/HARBOUR-COFFEE/analytics",
        "/w//analytics",
        "x" * 400,
        "",
    ],
)
def test_an_address_that_is_none_gets_the_missing_card(alice: Any, call: Any, path: str) -> None:
    answer = call(alice, "url", path, "").json["response"]
    assert answer["title"]["data"] == "Not found · Vitrine"


@pytest.mark.parametrize("path", [5, True, ["/"], {"path": "/"}, "x" * 501])
def test_a_wrong_type_is_400(alice: Any, call: Any, path: Any) -> None:
    assert call(alice, "url", path, "").status_code == 400


@pytest.mark.parametrize(
    ("period", "chosen"), [("7", "7"), ("28", "28"), ("90", "90"), ("abc", "28"), ("", "28")]
)
def test_the_period_is_in_the_address(alice: Any, call: Any, period: str, chosen: str) -> None:
    answer = call(alice, "url", HARBOUR, f"?period={period}").json["response"]
    bar = next(
        one["props"]["html"]
        for one in _all(answer["page"]["children"], "Html")
        if one["props"].get("id") == "controls-bar"
    )
    current = re.findall(r'href="([^"]+)" aria-current', bar)
    assert current == [f"{HARBOUR}?period={chosen}"]


def test_the_rail_offers_sources_to_those_who_may_manage_them(browser: Any, call: Any) -> None:
    assert "/w/harbour-coffee/sources" in str(
        call(browser("alice"), "url", HARBOUR, "").json["response"]["rail"]
    )
    assert "sources" not in str(call(browser("bob"), "url", HARBOUR, "").json["response"]["rail"])


def test_dora_the_client_may_look_but_not_share(browser: Any, call: Any) -> None:
    answer = call(browser("dora"), "url", HARBOUR, "").json["response"]
    assert "Harbour Coffee" in str(answer["page"])
    assert "share-open" not in str(answer["page"])


def test_nobody_gets_nothing(client: Any, app: Any, call: Any) -> None:
    class Nobody:
        def post(self, path: str, **kwargs: Any) -> Any:
            return client.post(path, base_url="http://localhost", **kwargs)

    assert call(Nobody(), "url", "/", "").status_code in {400, 401}


def _all(children: Any, kind: str) -> list[dict[str, Any]]:
    found = []
    stack = [children]
    while stack:
        one = stack.pop()
        if isinstance(one, list):
            stack += reversed(one)
        elif isinstance(one, dict):
            if one.get("type") == kind:
                found.append(one)
            stack.append(one.get("props", {}).get("children"))
    return found
