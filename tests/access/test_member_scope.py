"""A workspace's member sees what they sent themselves, in every answer, cell and file; their scope says so.

In Harbour Coffee Emma sent 3 e-mails (1 reply) and Frank 5 (2 replies).
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from dashapp.access import scopes, viewer
from dashapp.agencies import accounts
from dashapp.db.tenants import AgencyMember, Workspace, WorkspaceMember
from data.drilldown.ask import everything_behind
from data.drilldown.rows import Part
from data.query import ask as query
from data.query.many import figures
from data.scope import Scope
from pages.analytics.current_view import now_of
from pages.home.overview import period_to, questions
from pages.view_controls.view_menu import names_of
from tests.support.product import RECEIVED, Product

EMMA, FRANK = "emma@harbour.example", "frank@harbour.example"
SENT = {EMMA: 3, FRANK: 5}
REPLIED = {EMMA: 1, FRANK: 2}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> tuple[Product, int]:
    """North with one workspace in which both sent."""
    product = Product.open(Path(tmp_path_factory.mktemp("member")))
    workspace = product.workspace("UTC")
    at = RECEIVED - timedelta(days=2)
    records: list[dict[str, Any]] = []
    for email, count in SENT.items():
        for n in range(count):
            message = {"message_id": f"{email}-{n}", "lead": f"{email}.{n}@client.example", "user": email}
            message |= {"campaign": f"Of {email}", "channel": "email"}
            records.append(
                {**message, "event": "sent", "event_id": f"s-{email}-{n}", "occurred_at": at.isoformat()}
            )
            if n < REPLIED[email]:
                later = (at + timedelta(hours=1)).isoformat()
                more = {"event": "replied", "event_id": f"r-{email}-{n}", "reply_text": f"Said to {email}"}
                records.append({**message, **more, "occurred_at": later})
    product.take_in(workspace, records)
    return product, workspace


def scope_of(product: Product, workspace_id: int, role: str, *, of_agency: bool = False) -> Scope:
    """Emma's scope with this role in the workspace, and with one in the agency or without."""
    with Session(product.lake.engine) as session, session.begin():
        user = accounts.user_by_email(session, EMMA) or accounts.create_user(session, EMMA)
        key = {"user_id": user.id, "workspace_id": workspace_id}
        session.merge(WorkspaceMember(**key, role=role))
        mine = AgencyMember(
            user_id=user.id, agency_id=product.agency_id, role="member", all_accounts=of_agency
        )
        session.merge(mine)
        session.flush()
        member = viewer.load_member(session, user.id)
        assert member is not None
        _, scope = scopes.scope_for_workspace(session, member, workspace_id)
        entered = [one.scopes[workspace_id] for one in scopes.entered(session, member)]
        assert entered == [scope], "the home reads within the same scope"
    return scope


NOW = RECEIVED + timedelta(minutes=5)
QUESTIONS: tuple[dict[str, Any], ...] = (
    {"name": "sent_emails", "from": "2020-01-01", "to": "2030-01-01"},
    {"name": "rate", "data_type": "reply", "attribution": "lead"},
    {"name": "rate", "data_type": "reply", "attribution": "lead", "by": "user"},
    {"name": "rate", "data_type": "reply", "attribution": "email", "by": "campaign"},
    {"name": "cohort", "data_type": "reply", "attribution": "lead"},
    {"name": "week1", "data_type": "reply", "attribution": "lead"},
    {"name": "engagement_overview"},
    {"name": "action_analytics"},
    {"name": "top_campaigns"},
    {"name": "hot_leads"},
    {"name": "timeline"},
    {"name": "reply_categories"},
    {"name": "hours", "event": "sent"},
)


@pytest.mark.parametrize("asked", QUESTIONS, ids=lambda one: "-".join(str(v) for v in one.values())[:40])
def test_no_answer_holds_a_trace_of_another(house: tuple[Product, int], asked: dict[str, Any]) -> None:
    product, workspace = house
    scope = scope_of(product, workspace, "member")
    assert scope == Scope(frozenset({workspace}), user=EMMA)
    narrow = str(product_answer(product, scope, workspace, asked))
    whole = str(product_answer(product, Scope(frozenset({workspace})), workspace, asked))
    assert FRANK not in narrow
    assert narrow != whole, "the question tells nobody apart, so it would find nothing wrong"


def product_answer(product: Product, scope: Scope, workspace: int, asked: dict[str, Any]) -> dict[str, Any]:
    found = query.Query.model_validate({**asked, "as_of": NOW})
    return query.ask(product.lake, scope, workspace, found)


def test_the_figures_are_the_member_s_own(house: tuple[Product, int]) -> None:
    product, workspace = house
    scope = scope_of(product, workspace, "member")
    rate = product_answer(
        product, scope, workspace, {"name": "rate", "data_type": "reply", "attribution": "lead"}
    )
    assert (rate["n"], rate["base"]) == (1, 3)
    told = figures(product.lake, {workspace: scope}, lambda today: questions(period_to(today)), NOW)[
        workspace
    ]
    assert told.figures is not None
    assert sum(told.figures.sent["sent"]) == 3
    assert tuple(told.figures.rates["replies"]) == (1, 3)
    all_of = figures(
        product.lake,
        {workspace: Scope(frozenset({workspace}))},
        lambda today: questions(period_to(today)),
        NOW,
    )[workspace]
    assert all_of.figures is not None
    assert sum(all_of.figures.sent["sent"]) == 8


@pytest.mark.parametrize("role", ["owner", "admin", "manager", "client"])
def test_every_other_role_sees_all(house: tuple[Product, int], role: str) -> None:
    product, workspace = house
    scope = scope_of(product, workspace, role)
    assert scope == Scope(frozenset({workspace}))


def test_who_is_of_the_managing_agency_too_sees_all(house: tuple[Product, int]) -> None:
    product, workspace = house
    assert scope_of(product, workspace, "member", of_agency=True) == Scope(frozenset({workspace}))


@pytest.mark.parametrize("part", ["n", "base"])
@pytest.mark.parametrize(
    "asked", [QUESTIONS[1], QUESTIONS[0], QUESTIONS[11]], ids=["rate", "sent", "categories"]
)
def test_the_rows_behind_a_figure_and_their_file_are_the_member_s_own(
    house: tuple[Product, int], asked: dict[str, Any], part: Part
) -> None:
    product, workspace = house
    narrow = scope_of(product, workspace, "member")
    found = query.Query.model_validate({**asked, "as_of": NOW})
    rows = list(everything_behind(product.lake, narrow, workspace, found, "", part=part, most=1000))
    whole = list(
        everything_behind(
            product.lake, Scope(frozenset({workspace})), workspace, found, "", part=part, most=1000
        )
    )
    assert FRANK not in str(rows)
    assert FRANK in str(whole)
    assert 0 < len(rows) < len(whole)


def test_the_page_its_filters_and_its_poll_know_the_member_s_own_alone(house: tuple[Product, int]) -> None:
    product, workspace = house
    narrow = scope_of(product, workspace, "member")
    with Session(product.lake.engine) as session:
        user = accounts.user_by_email(session, EMMA)
        assert user is not None
        member = viewer.load_member(session, user.id)
        assert member is not None
        row, days = session.get_one(Workspace, workspace), {"from": "2026-01-01", "to": "2026-01-31"}
        state = now_of(product.lake, session, member, row, narrow, days)
        assert FRANK not in str(state.tiles())
        assert FRANK not in str(names_of(product.lake, narrow, workspace, state.page))
        whole = now_of(product.lake, session, member, row, Scope(frozenset({workspace})), days)
        assert state.tiles() != whole.tiles()
