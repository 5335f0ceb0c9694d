"""The agency's mails, on the data team's page: what was written, to whom, and what became of it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from dash import html
from dash.development.base_component import Component

from dashapp.db.mail import FAILED, QUEUED, SENT, STOPPED, Mail
from dashapp.ui.language.say import later, retell, say
from dashapp.ui.language.spoken import integer
from pages.data_team.model import MAILS, DataTeamPage
from pages.data_team.parts import cell, chip, moment, section, table


def mails(desk: DataTeamPage) -> Component:
    """The newest mails of this agency; each can be read."""
    words = say(
        "Owners are told by mail when figures are late, a check fails or a job is set aside, and when that is "
        "over. These are the newest {n}.",
        n=integer(MAILS),
    )
    if any(one.state == QUEUED and not one.tries and desk.at - one.created_at > _SOON for one in desk.mails):
        words += say(" Mails wait here while no mail server is set (VITRINE_SMTP_URL).")
    if not desk.mails:
        return section(say("Mail"), words, [html.P(say("No mail was written."), className="dk-card dd-none")])
    heads = [say("Mail"), say("To"), say("State"), say("Written"), say("Sent"), say("Tries")]
    name = say("Newest mails of {agency}", agency=desk.agency.name)
    return section(
        say("Mail"),
        words,
        [table(name, heads, [_row(one, desk.at) for one in desk.mails], "dd-checks dd-mail")],
    )


def _text(one: Mail, at: datetime) -> str:
    """What the mail says. An invitation's address is for who gets the mail; it shows where nothing sends mails."""
    if one.state == QUEUED and not one.tries and at - one.created_at > _SOON:
        return one.text
    return _INVITATION.sub(r"\1…", one.text)


def _row(one: Mail, at: datetime) -> Component:
    return html.Tr(
        [
            html.Th(
                [
                    html.Span(one.subject, className="dk-strong"),
                    *([html.Span(retell(one.last_error), className="dd-why")] if one.last_error else []),
                    *(
                        [html.Span(say(_TWICE), className="dk-quiet")]
                        if one.unsure and one.state == SENT
                        else []
                    ),
                    html.Details(
                        [
                            html.Summary(say("Read")),
                            html.Pre(_text(one, at), className="dk-code", tabIndex="0"),
                        ],
                        className="dd-sample",
                    ),
                ],
                scope="row",
            ),
            cell(say("To"), one.to, "dd-text"),
            cell(say("State"), chip(say(_STATES.get(one.state, _WAITING)), _KINDS.get(one.state, "flat"))),
            cell(say("Written"), moment(one.created_at)),
            cell(say("Sent"), moment(one.sent_at)),
            cell(say("Tries"), integer(one.tries)),
        ]
    )


_INVITATION = re.compile(r"(/invitations/)[A-Za-z0-9_-]{20,}")
#: A worker takes a mail within this long, if there is where to send it.
_SOON = timedelta(minutes=5)
_WAITING = later("Waiting")
_STATES = {SENT: later("Sent"), FAILED: later("Failed"), STOPPED: later("Stopped|mail")}
_KINDS = {SENT: "good", FAILED: "bad", STOPPED: "flat"}
_TWICE = later("The server went away while it took this mail: it may have come twice.")
