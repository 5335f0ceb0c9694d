"""Mails about accounts, over a real SMTP server: text and page, one recipient, in the reader's language."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from dashapp.agencies import accounts, managing, people
from dashapp.config import Settings
from dashapp.db.mail import Mail
from dashapp.db.tenants import Agency, AgencyLink, Workspace
from dashapp.mail import outbox
from dashapp.mail.posting import SmtpSender
from dashapp.ui import letters
from dashapp.ui.language.say import speaking

ERIN = "erin@quay.example"


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(
        home=tmp_path,
        database_url="sqlite:///x",
        lake_url=str(tmp_path),
        secret_key="a secret of more than thirty-two bytes",
        public_url="https://reports.north.example",
    )


def invite(engine: Engine, settings: Settings, north: Any, email: str = ERIN, name: str = "Quay") -> int:
    with Session(engine) as session, session.begin():
        agency = session.get_one(Agency, north.agency)
        made = managing.invite_account(session, settings, agency, email, name, actor="alice@north.example")
        letters.send_invitation(session, settings, made)
        assert made.link_id is not None
        return made.link_id


def test_an_invitation_arrives_as_text_and_page_at_one_address(
    engine: Engine, settings: Settings, north: Any, office: Any, sender: SmtpSender
) -> None:
    with Session(engine) as session, session.begin():
        session.get_one(Agency, north.agency).name = 'North <img src="http://sink.example/x">'
    invite(engine, settings, north, name="Quay & Sons <b>")
    assert outbox.send_due(engine, sender)["sent"] == 1
    ((to, mail),) = office.taken
    assert to == [ERIN]
    assert mail["To"] == ERIN
    parts = [part.get_content_type() for part in mail.walk()]
    assert parts == ["multipart/alternative", "text/plain", "text/html"]
    text, page = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))  # type: ignore[union-attr]
    assert "https://reports.north.example/invitations/" in text
    assert "https://reports.north.example/invitations/" in page
    assert "Quay & Sons <b>" in text
    assert "Quay &amp; Sons &lt;b&gt;" in page
    assert "<img" not in page
    assert "src=" not in page.replace("&lt;img src=", "")


def test_it_is_in_the_language_of_who_reads_it(engine: Engine, settings: Settings, north: Any) -> None:
    with Session(engine) as session, session.begin():
        accounts.create_user(session, ERIN).language = "fr"
    invite(engine, settings, north)
    invite(engine, settings, north, "new@else.example", "Else")
    with Session(engine) as session:
        subjects = {mail.to: mail.subject for mail in session.scalars(select(Mail))}
    assert subjects[ERIN].startswith("Autoriser North à gérer votre compte")
    assert subjects["new@else.example"] == "Allow North to manage your account?"


def test_names_of_any_length_and_letters_make_one_line(
    engine: Engine, settings: Settings, north: Any
) -> None:
    with Session(engine) as session, session.begin():
        session.get_one(Agency, north.agency).name = "N\u2028\r\nBcc: x@y.example " + "ü" * 90
    invite(engine, settings, north, name="Q" * 120)
    with Session(engine) as session:
        mail = session.scalars(select(Mail)).one()
    assert mail.subject.isprintable()
    assert len(mail.subject) <= 200


def test_both_sides_are_told_of_the_end_each_in_a_mail_of_their_own(
    engine: Engine, settings: Settings, north: Any, south: Any
) -> None:
    link_id = invite(engine, settings, north)
    with Session(engine) as session, session.begin():
        erin = accounts.create_user(session, ERIN)
        link = session.get_one(AgencyLink, link_id)
        workspace = managing.open_account(session, erin, "Quay")
        accounts.create_user(session, "member@quay.example", workspace=workspace, workspace_role="member")
        from dashapp.db.tenants import Invitation

        asked = session.scalars(select(Invitation)).one()
        managing.grant(session, asked, erin, workspace)
        letters.send_answer(session, settings, link)
        managing.unlink(session, link, "agency", actor="alice@north.example")
        letters.send_unlinked(session, link)
        letters.send_unlinked(session, link)  # twice is once
    with Session(engine) as session:
        mails = [
            (mail.to, mail.agency_id, mail.subject)
            for mail in session.scalars(select(Mail).order_by(Mail.id))
        ]
    assert mails == [
        (ERIN, north.agency, "Allow North to manage your account?"),
        ("alice@north.example", north.agency, "Quay is managed by North now"),
        ("alice@north.example", north.agency, "Quay is not linked to North any more"),
        (ERIN, None, "North does not manage Quay any more"),
    ]


def test_who_works_for_an_agency_reads_its_language_before_that_of_who_caused_the_mail(
    engine: Engine, settings: Settings, north: Any
) -> None:
    """Erin declines in French; Alice chose no language, North's portals are German."""
    link_id = invite(engine, settings, north)
    with Session(engine) as session, session.begin():
        session.get_one(Agency, north.agency).language = "de"
        link = session.get_one(AgencyLink, link_id)
        link.ended_at = link.asked_at
        with speaking("fr"):
            letters.send_answer(session, settings, link)
    with Session(engine) as session:
        mail = session.scalars(select(Mail).where(Mail.to == "alice@north.example")).one()
    assert mail.subject == f"{ERIN} hat die Einladung abgelehnt"


def test_who_is_invited_into_a_managed_workspace_sees_the_look_of_its_agency(
    engine: Engine, settings: Settings, north: Any
) -> None:
    with Session(engine) as session, session.begin():
        workspace = session.get_one(Workspace, north.harbour)
        made = people.invite(
            session, settings, workspace, ERIN, "member", actor="nora@harbour.example", actor_role="owner"
        )
        letters.send_invitation(session, settings, made)
        assert session.scalars(select(Mail.from_name)).one() == "North"
