"""Alice's invitations to accounts, as a browser sends them, and Erin's account to send them to."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from dashapp.agencies import accounts, managing
from dashapp.db.tenants import AgencyLink
from tests.support.world import EMAILS, HTML, PASSWORD, Browser

AGENCY, ERIN, FAY = "?agency=north", "erin@quay.example", "fay@quay.example"


QUAY = "/w/quay-books/account"


@pytest.fixture
def quay(running: Any) -> int:
    """Erin's account with Fay in it; no agency knows of it."""
    with running.session() as session:
        erin = accounts.create_user(session, ERIN, PASSWORD)
        workspace = managing.open_account(session, erin, "Quay Books")
        accounts.create_user(session, FAY, PASSWORD, workspace=workspace, workspace_role="member")
        return workspace.id


@pytest.fixture
def erin(app: Any, quay: int, monkeypatch: pytest.MonkeyPatch) -> Browser:
    """Erin, logged in."""
    monkeypatch.setitem(EMAILS, "erin", ERIN)
    monkeypatch.setitem(EMAILS, "fay", FAY)
    return Browser(app, "erin")


def act(call: Any, who: Browser, op: str, **more: Any) -> Any:
    store = "accounts-import" if op == "import" else "accounts-act"
    return call(who, store, {"op": op, "at": 1.0, **more}, AGENCY)


def told(answer: Any) -> str:
    assert answer.status_code == 200, answer.text
    return str(answer.json["response"]["accounts-told"])


def invite(call: Any, who: Browser, email: str = ERIN, name: str = "Quay Books") -> str:
    """The path of the invitation, as whoever sent it may copy it while no mail server is set."""
    found = re.search(r"/invitations/[\w-]{43}", told(act(call, who, "invite", email=email, name=name)))
    assert found
    return found[0]


def answer(who: Browser, path: str, said: str, workspace: str = "quay-books") -> Any:
    return who.post(f"{path}/answer", data={"answer": said, "workspace": workspace}, headers=HTML)


def link_of(running: Any, name: str = "Quay Books") -> AgencyLink:
    with running.reading() as session:
        rows = select(AgencyLink).where(AgencyLink.account_name == name).order_by(AgencyLink.id.desc())
        return session.scalars(rows.limit(1)).one()
