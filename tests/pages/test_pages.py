"""Every page is found once, and an address names one page or none."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from dash import dcc
from markupsafe import Markup

import pages
from dashapp.db.reports import Share
from dashapp.tiles.periods import Complete
from dashapp.ui.desk.html_component import Html
from dashapp.ui.desk.rail import RailLink, rail
from dashapp.ui.desk.shell import SwitcherEntry, document, frame, switcher, theme_script
from pages.analytics import page as analytics
from pages.frame import missing
from pages.frame.page_spec import desk_pages, page_at, query_of
from pages.shares.page import Row, listing, listing_in_dialog, terms_of
from pages.sources import page as sources
from tests.pages.tests_text import text


def test_the_pages_are_found() -> None:
    assert set(desk_pages()) == {
        "home",
        "analytics",
        "templates",
        "explore",
        "sources",
        "dashboard",
        "tasks",
        "data",
        "data-tables",
        "account",
        "people",
        "accounts",
        "agency-people",
        "agency-general",
        "agency-domain",
        "agency-new",
        "contacts",
        "contact",
        "deals",
        "campaigns",
        "campaign",
        "alerts",
        "annotations",
        "questions",
        "shares",
        "share",
        "schedules",
        "schedule",
        "settings-account",
        "settings-api-keys",
        "settings-audit-log",
        "settings-billing",
        "settings-fields",
        "settings-roles",
        "settings-workspace",
    }
    assert set(pages.desk_paths()) == {
        "/",
        "/analytics",
        "/data",
        "/data/tables",
        "/w/<slug>",
        "/agency",
        "/agency/general",
        "/agency/domain",
        "/agency/new",
        "/agency/people",
        "/w/<slug>/account",
        "/w/<slug>/people",
        "/w/<slug>/analytics",
        "/w/<slug>/explore",
        "/w/<slug>/sources",
        "/w/<slug>/tasks",
        "/w/<slug>/contacts",
        "/w/<slug>/contacts/<contact>",
        "/w/<slug>/deals",
        "/w/<slug>/campaigns",
        "/w/<slug>/campaigns/<campaign>",
        "/w/<slug>/alerts",
        "/w/<slug>/annotations",
        "/w/<slug>/questions",
        "/w/<slug>/shares",
        "/w/<slug>/shares/<share>",
        "/w/<slug>/schedules",
        "/w/<slug>/schedules/<schedule>",
        "/settings/account",
        "/settings/api-keys",
        "/settings/audit-log",
        "/settings/billing",
        "/settings/fields",
        "/settings/roles",
        "/settings/workspace",
    }


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/", ("home", {})),
        ("/w/harbour-coffee/analytics", ("analytics", {"slug": "harbour-coffee"})),
        ("/w/a/sources", ("sources", {"slug": "a"})),
        ("/w/a/analytics/", None),
        ("/w//analytics", None),
        ("/w/a/../b/analytics", None),
        ("/w/%61/analytics", None),
        ("/w/a/analytics\n", None),
        ("//", None),
        ("", None),
    ],
)
def test_an_address_names_one_page_or_none(path: str, found: tuple[str, dict[str, str]] | None) -> None:
    at = page_at(path)
    assert (None if at is None else (at[0].name, at[1])) == found


def test_of_a_repeated_parameter_the_first_counts() -> None:
    assert query_of("?period=7&period=90&x=") == {"period": "7"}


def test_html_escapes_what_is_no_markup() -> None:
    assert Html("<b>x</b>").html == "&lt;b&gt;x&lt;/b&gt;"
    assert Html(Markup("<b>x</b>")).html == "<b>x</b>"


def test_the_document_has_one_inline_script_and_no_foreign_address() -> None:
    """The line that sets the theme; tests/web/test_headers.py holds that the policy names it."""
    page = document(pages.ASSETS)
    assert page.count("<script>") == page.count(f"<script>{theme_script(pages.ASSETS)}</script>") == 1
    assert "//" not in page.replace("<!DOCTYPE html>", "")
    assert page.count("<script src=") == page.count("/assets/desk.bundle.js?v=") == 1
    assert page.count("stylesheet") == page.count("/assets/desk.bundle.css?v=") == 1


def test_the_frame_has_one_main_a_named_nav_and_a_post_to_log_out() -> None:
    shown = text(frame(email="alice@north.example", name="Alice", csrf_token="t0ken"))
    assert shown.count('"type": "Main"') == 1
    assert '"aria-label": "Main"' in shown
    assert '"action": "/logout", "method": "post"' in shown.replace('"data-csrf": "1", ', "")
    assert "t0ken" in shown


def test_the_switcher_groups_by_agency_and_marks_the_place() -> None:
    places = [SwitcherEntry("a", "Alpha", "North"), SwitcherEntry("b", "Beta", "South")]
    shown = switcher(places, 2, "b").html
    assert shown.count("dk-menu-head") == 2
    assert shown.count('aria-current="page"') == 1
    assert "There is no workspace yet" in switcher([], 0, None).html


def test_the_switcher_lists_fifty_and_always_where_one_is() -> None:
    places = [SwitcherEntry(f"w{n}", f"Client {n}", "North") for n in range(1_050)]
    shown = switcher([*places[:50], places[-1]], 1_050, "w1049").html
    assert shown.count("<li>") == 51
    assert '/w/w1049" aria-current="page"' in shown
    assert "Search 999 more" in shown
    assert "Search" not in switcher(places[:50], 50, "w3").html


def test_the_rail_marks_where_one_is() -> None:
    links = [RailLink("Workspaces", "/", "home"), RailLink("Analytics", "/w/a/analytics", "analytics", True)]
    assert text(rail(links)).count('"aria-current": "page"') == 1


def test_on_a_phone_the_rail_keeps_four_entries_and_more() -> None:
    daily = {"Dashboard", "Tasks", "Analytics", "Contacts"}
    names = ["Workspaces", "Accounts", "Dashboard", "Tasks", "Analytics", "Contacts", "Deals", "Data"]
    items = rail([RailLink(name, f"/{name}", "home", daily=name in daily) for name in names])
    classes = [getattr(item, "className", "") for item in items]
    assert classes == ["dk-rail-rest"] * 2 + [""] * 4 + ["dk-rail-more"] + ["dk-rail-rest"] * 2
    few = rail([RailLink(name, f"/{name}", "home") for name in names[:5]])
    assert "dk-rail-more" not in text(few)
    assert "dk-rail-rest" not in text(few)


def test_the_rail_sets_groups_apart() -> None:
    links = [
        RailLink("Workspaces", "/", "home"),
        RailLink("Accounts", "/agency", "accounts"),
        RailLink("Analytics", "/w/a/analytics", "analytics", group="work"),
        RailLink("Sources", "/w/a/sources", "sources", group="data"),
        RailLink("Data", "/data", "data", group="data"),
    ]
    assert [item.className for item in rail(links)] == ["", "", "dk-rail-group", "dk-rail-group", ""]


def an_analytics(*, may_share: bool, held: bool = False) -> analytics.Analytics:
    return analytics.Analytics(
        slug="harbour-coffee",
        name="Harbour Coffee",
        span="26 October – 22 November 2026",
        compared="28 September – 25 October",
        timezone="Europe/Madrid",
        complete_to=None if held else Complete(date(2026, 11, 22)),
        tiles=Markup('<div class="grid"></div>'),
        shown="1.1.28.2026-11-22",
        may_share=may_share,
        edit=None,
        menu=Html(Markup("")),
        controls=Html(Markup("")),
        told=(),
        brand="#0f766e",
        agency="North",
        paper="/w/harbour-coffee/analytics.pdf?period=28",
        excel="/w/harbour-coffee/analytics.xlsx?period=28",
        held=held,
    )


def test_the_analytics_page_shares_only_for_who_may() -> None:
    assert "share-dialog" in text(analytics.screen(an_analytics(may_share=True)))
    assert "share-" not in text(analytics.screen(an_analytics(may_share=False)))


def test_first_figures_held_back_by_a_check_are_not_called_no_data() -> None:
    held = text(analytics.screen(an_analytics(may_share=True, held=True)))
    assert "Figures are held back: a check failed" in held
    assert "No data yet" not in held
    assert "held back" not in text(analytics.screen(an_analytics(may_share=True)))


def test_the_clock_is_no_faster_than_a_second() -> None:
    assert analytics.LIVE_MS >= 1000
    assert isinstance(dcc.Interval(interval=analytics.LIVE_MS), dcc.Interval)


def test_a_link_tells_its_terms_in_the_workspaces_zone() -> None:
    # The last day ends at midnight in New York, which is the next day in UTC.
    late = Share(expires_at=datetime(2027, 1, 1, 4, 59, 59, tzinfo=UTC), password_hash="x")
    assert terms_of(late, "America/New_York") == "With password · until 31\xa0Dec"
    assert terms_of(Share(), "UTC") == "Anyone with the link · does not expire"


def test_a_list_of_links_says_what_each_shows_and_offers_to_end_it() -> None:
    row = Row(
        3, "Board", "Overview", "https://x.example/p/t/", True, "alice@north.example", "opened 12×", "terms"
    )
    shown = text(listing([row], "harbour"))
    for part in (
        "Board",
        "Overview · terms",
        "by alice@north.example · opened 12×",
        "Paused",
        "Resume",
        "Revoke",
    ):
        assert part in shown, part
    assert "Nothing is shared yet" in text(listing([], "harbour"))
    assert listing_in_dialog([], "harbour") == []


def test_the_sources_page_without_a_source_says_what_to_do() -> None:
    model = sources.Sources("Harbour Coffee", "UTC", [], [("sendgrid", "SendGrid")])
    assert "Nothing is connected yet" in text(sources.screen(model))


def test_the_missing_card_leads_back() -> None:
    assert '"href": "/"' in text(missing.screen())
