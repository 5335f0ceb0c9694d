"""An erased person as a guest of the workspace's links: no mail goes to them, and nobody adds them again."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from dashapp.access.scopes import cli_scope
from dashapp.alerts import store as alerts
from dashapp.alerts.measure import Measure
from dashapp.alerts.store import AlertSettings
from dashapp.crm.erasure import guests
from dashapp.db.mail import Mail
from dashapp.db.on_tiles import QuestionMessage, TileAlert, TileQuestion
from dashapp.db.schedules import Schedule, ScheduleRecipient
from dashapp.db.shares import ShareViewer
from dashapp.errors import Refused
from dashapp.schedules import recipients as recipients_
from dashapp.sharing import links, view_log
from dashapp.sharing import viewers as sharing
from dashapp.ui import question_mails
from tests.crm.erasure_house import ALIAS, GEORGE, MAIL, House


def test_an_erased_guest_gets_no_mail_and_is_not_added_again(house: House) -> None:
    """Wren was a viewer under one address, got a schedule's and an alert's mails under the other; George stays."""
    house.ask()
    with house.services.session() as session:
        alice = house.alice(session)
        assert session.scalars(select(ShareViewer.email)).all() == [GEORGE]
        recipients = select(ShareViewer.email).join(
            ScheduleRecipient, ScheduleRecipient.viewer_id == ShareViewer.id
        )
        assert session.scalars(recipients).all() == [GEORGE]
        assert session.scalars(select(TileAlert.recipients)).all() == [[GEORGE]]
        assert session.scalars(select(Mail.to)).all() == [GEORGE]
        (share,) = links.shares_of(session, alice.workspace)
        (line,) = view_log.log_of(session, share)
        assert (line.viewer, line.via) == (None, guests.ERASED)
        question = session.scalars(select(TileQuestion).where(TileQuestion.token_hash == "u")).one()
        assert (question.name, question.waits, "@" in question.email) == ("", False, False)
        answer = QuestionMessage(
            question_id=question.id, by_client=False, author=alice.name, text="So it is."
        )
        session.add(answer)
        session.flush()
        assert not question_mails.tell_client(session, house.settings, alice.workspace, question, answer)
        for again in (MAIL, ALIAS.upper()):
            with pytest.raises(Refused, match="was erased in this workspace"):
                sharing.add_viewers(session, house.settings, share, [again], actor=alice.name)
        schedule = session.scalars(select(Schedule)).one()
        with pytest.raises(Refused, match="was erased in this workspace"):
            recipients_.set_recipients(session, house.settings, share, schedule, [MAIL], actor=alice.name)
        with pytest.raises(Refused, match="was erased in this workspace"):
            told = AlertSettings("below", 2, 0, [ALIAS], name="Replies")
            alerts.create(session, alice.workspace, Measure(metric="reply", period="28"), told, view_id=None,
                          tile_id="reply", title="Replies", language="en", own=False, actor=alice.name)  # fmt: skip
        colossus, _ = cli_scope(session, "colossus")
        theirs, _, _ = links.create_share(session, house.settings, colossus)
        sharing.add_viewers(session, house.settings, theirs, [MAIL], actor="charlie@south.example")
