"""Openings are people's: what previews and scanners get, and what counts."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from dashapp.access.trail import trail
from dashapp.db.reports import Share
from dashapp.db.security import AuditEntry
from dashapp.portal.openings import openings
from tests.support.portal_house import House

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"
)
FETCHERS = (
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "WhatsApp/2.23.20.0",
    "facebookexternalhit/1.1",
    "Mozilla/5.0 (compatible; Microsoft Office Existence Discovery)",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5",
    "LinkedInBot/1.0",
    f"{CHROME} Proofpoint",
    f"{CHROME} BingPreview/1.0b",
    "Mozilla/5.0 (compatible; Google-InspectionTool/1.0)",
    "TelegramBot (like TwitterBot)",
    "Mozilla/5.0 (compatible; SafeLinks)",
    "Mimecast Link Check",
)


#: E-mails Bob sent for Harbour Coffee, as the report shows it.
FIGURE = "1,037"


def report_of(house: House) -> tuple[int, str]:
    """Guest's link to Harbour Coffee, and its path."""
    house.send(house.harbour, "m", 1_037)
    return house.share(house.harbour)


def opens(house: House, share_id: int) -> int:
    with house.app.app_context():
        openings().flush()
    with house.services.reading() as session:
        return session.get_one(Share, share_id).opens


@pytest.mark.parametrize("agent", FETCHERS)
def test_previews_and_scanners_get_a_card_without_figures(
    house: House, guest: FlaskClient, agent: str
) -> None:
    share_id, path = report_of(house)
    for part in ("", "live", "report.pdf", "tiles/sent.csv"):
        answer = guest.get(path + part, headers={"User-Agent": agent})
        assert answer.status_code == 200
        assert answer.mimetype == "text/html"
        assert 'property="og:title"' in answer.text
        assert "North" in answer.text
        assert FIGURE not in answer.text
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert opens(house, share_id) == 0


def test_people_are_counted_and_programs_get_the_page_uncounted(house: House, guest: FlaskClient) -> None:
    share_id, path = report_of(house)
    assert FIGURE in guest.get(path, headers={"User-Agent": CHROME}).text
    assert opens(house, share_id) == 1
    for headers in (
        {"User-Agent": "curl/8.5.0"},
        {"User-Agent": ""},
        {"User-Agent": "Mozilla/5.0"},
        {"User-Agent": CHROME.replace("Chrome", "HeadlessChrome")},
        {"User-Agent": CHROME, "Sec-Purpose": "prefetch;prerender"},
    ):
        assert FIGURE in guest.get(path, headers=headers).text
    assert opens(house, share_id) == 1


def test_a_stranger_learns_nothing_by_being_a_preview(house: House, guest: FlaskClient) -> None:
    """What works not gives the one 404, whoever asks; a locked report its lock."""
    share_id, path = report_of(house)
    slack = {"User-Agent": FETCHERS[0]}
    unknown = guest.get(f"/p/{'A' * 43}/", headers=slack)
    assert unknown.status_code == 404
    house.set_share(share_id, state="paused")
    assert (guest.get(path, headers=slack).data, guest.get(path, headers=slack).status_code) == (
        unknown.data,
        404,
    )


def test_a_preview_is_in_the_trail_with_its_reason(house: House, guest: FlaskClient) -> None:
    share_id, path = report_of(house)
    guest.get(path, headers={"User-Agent": FETCHERS[0]})
    opens(house, share_id)
    with house.app.app_context():
        trail().flush()
    with house.services.reading() as session:
        told = session.scalars(select(AuditEntry.detail).where(AuditEntry.verb == "share.preview")).all()
    assert told == [f"share {share_id}: the user agent is a link preview"]
