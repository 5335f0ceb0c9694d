"""The mails on the data team's page: the agency's own, readable, and never a stranger's or the installation's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from dashapp.access.viewer import Member
from dashapp.db.base import now
from dashapp.db.mail import Mail
from pages.data_team import page as data_desk
from pages.frame.page_spec import Visit
from tests.pages.tests_text import text
from tests.support.world import app, browser, make_app, running, world, world_template

__all__ = ["app", "browser", "make_app", "running", "world", "world_template"]


def page(running: Any, world: Any, who: str, agency: str) -> str:
    viewer = Member(world.ids[who], f"{who}@x.example", "", {world.ids[agency]: "owner"})
    return text(data_desk.layout(Visit(running, viewer, "/data", {})).content)


def write(running: Any, agency_id: int | None, subject: str, **more: Any) -> None:
    with running.session() as session:
        said = {"key": subject, "to": "alice@north.example", "text": f"The whole of {subject}."}
        session.add(Mail(agency_id=agency_id, subject=subject, **{**said, **more}))


def test_an_owner_reads_the_mails_of_the_agency_and_no_others(running: Any, world: Any) -> None:
    assert "No mail was written." in page(running, world, "alice", "north")
    at = now()
    write(running, world.ids["north"], "Figures are late", created_at=at - timedelta(minutes=6))
    write(running, world.ids["north"], "Checks hold again", state="sent", sent_at=at, tries=2, unsure=1)
    write(
        running, world.ids["north"], "A job failed", state="failed", tries=1, last_error="550 no such person"
    )
    write(running, world.ids["south"], "ZZZ of the South", to="charlie@south.example")
    write(running, None, "ZZZ of the installation", to="ops@example.com")
    shown = page(running, world, "alice", "north")
    for part in (
        "Figures are late",
        "The whole of Figures are late.",
        "Waiting",
        "Mails wait here while no mail server is set (VITRINE_SMTP_URL).",
        "it may have come twice",
        "550 no such person",
    ):
        assert part in shown, part
    assert "ZZZ" not in shown
    assert "ops@example.com" not in shown
    theirs = page(running, world, "charlie", "south")
    assert "The whole of ZZZ of the South." in theirs
    assert "installation." not in theirs.split("Newest mails of")[1]
    assert "Figures are late" not in theirs
