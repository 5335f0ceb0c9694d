"""The form a deal is changed in, with its history: fetched when it is opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup
from sqlalchemy.orm import Session

from dashapp.crm.deals import OWN, history_of, text_of_value, value_of
from dashapp.crm.fields import fields_of
from dashapp.db.contacts import DEAL, STAGES, CustomField, Deal, DealChange
from dashapp.db.tenants import Workspace
from dashapp.ui.environment import render
from dashapp.ui.language.say import say
from dashapp.ui.language.spoken import moment
from pages.listing import words

_OURS: Final = ("title", "stage", "value", "currency", "owner", "expected_close")
#: What a browser's own input is for a kind of field.
_INPUT: Final = {"date": "date", "number": "text", "text": "text"}


def form(session: Session, workspace: Workspace, deal: Deal) -> Markup:
    """The form with what the deal holds now."""
    own = fields_of(session, workspace.id, DEAL)
    return render(
        "ui/deal_form.html",
        deal=deal,
        values={name: text_of_value(name, value_of(deal, name)) for name in _OURS},
        stages=words.stages(),
        fields=inputs(own, deal.fields),
        changes=[_change(one, own, workspace.timezone) for one in history_of(session, deal)],
    )


def inputs(fields: Sequence[CustomField], values: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """What the template needs of each own field; a value that is no choice any more stays one of its choices."""
    found = []
    for field in fields:
        value = (values or {}).get(field.key, "")
        choices = [*field.choices, *([value] if value and value not in field.choices else [])]
        found.append(
            {
                "key": field.key,
                "label": field.label,
                "value": value,
                "type": _INPUT.get(field.kind, ""),
                "number": field.kind == "number",
                "choices": choices if field.kind == "choice" else None,
            }
        )
    return found


def _change(change: DealChange, own: Sequence[CustomField], zone: str) -> dict[str, str]:
    labels = {f"{OWN}{one.key}": one.label for one in own}
    label = labels.get(change.field) or say(words.DEAL_FIELD.get(change.field, words.DEAL_FIELD["title"]))
    stage = change.field == "stage"
    shown = [
        say(words.STAGE[one]) if stage and one in STAGES else one or "–" for one in (change.old, change.new)
    ]
    return {
        "at": moment(change.at, zone),
        "who": change.actor,
        "label": label,
        "old": shown[0],
        "new": shown[1],
    }
