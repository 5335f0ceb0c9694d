"""A long reply on a page: its first part, and a button that brings the next one (assets/desk_card.js)."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from dashapp.ui.environment import render
from dashapp.ui.language.say import say
from dashapp.ui.language.spoken import integer
from data.events.fields import MOST_OF_A_REPLY
from data.people.reply import Part


def more(event_id: str, shown: int, length: int) -> Markup | str:
    """The button under the first `shown` characters of a reply of `length`; nothing under a whole one."""
    if length <= shown:
        return ""
    return render("ui/reply_more.html", event_id=event_id, start=shown, left=integer(length - shown))


def answer(part: Part) -> dict[str, Any]:
    """The next part, for the script; `end` is said after the last one."""
    end = ""
    if part.next is None:
        end = say("That is the whole reply.")
        if part.cut:
            end = say("Of a reply the first {n} characters are kept.", n=integer(MOST_OF_A_REPLY))
    return {"text": part.text, "next": part.next, "end": end}
