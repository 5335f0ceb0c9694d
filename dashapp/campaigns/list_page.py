"""The list of campaigns as HTML: e-mails, and the rates with n and base; each name leads to its report."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from dashapp.campaigns.figures import CampaignRow
from dashapp.sharing.campaign_keys import campaign_key
from dashapp.ui.environment import render
from dashapp.ui.language import spoken
from dashapp.ui.language.say import say

_SHOWN = ("open", "click", "reply", "positive_reply", "bounce")


def list_html(rows: Sequence[CampaignRow], *, nav: bool) -> Markup:
    """`nav`: links move within the desk instead of loading a document. Addresses are relative to the list's own."""
    shown = [
        {
            "name": row.name,
            "href": campaign_key(row.name),
            "sent": spoken.integer(row.sent),
            "cells": [_cell(*row.rates.get(kind, (0, 0))) for kind in _SHOWN],
        }
        for row in rows
    ]
    heads = [say("Opens"), say("Clicks"), say("Replies"), say("Positive replies"), say("Bounces")]
    return render("campaigns/list.html", rows=shown, heads=heads, nav=nav)


def _cell(n: int, base: int) -> dict[str, str]:
    if not base:
        return {"rate": "–", "of": ""}
    return {"rate": spoken.percent(n / base), "of": spoken.of_base(n, base)}
