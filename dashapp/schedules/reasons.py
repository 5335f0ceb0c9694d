"""What became of a run, in words."""

from __future__ import annotations

from typing import Final

from dashapp.db.schedules import PLANNED, SENT, SKIPPED, STOPPED
from dashapp.ui.language.say import later, say

STATES: Final = {
    PLANNED: later("Planned"),
    SENT: later("Sent"),
    STOPPED: later("Not sent|run"),
    SKIPPED: later("Skipped"),
}
#: Why nothing was sent, by the key that a run keeps.
REASONS: Final = {
    "tile_failed": later("These tiles had no figures: {about}. Nothing was sent, so that nobody gets a gap."),
    "held_back": later(
        "The figures were held back: newer events were not counted, or failed a check. Nothing was sent."
    ),
    "stale": later("No event has come in for more than four days. Nothing was sent, as the figures are old."),
    "no_data": later("No event has ever come in. Nothing was sent."),
    "empty": later(
        "There is nothing to show of {about}: no tile, or no e-mail that counts. Nothing was sent."
    ),
    "no_figures": later("The figures could not be read. Nothing was sent."),
    "no_paper": later("The pictures and the PDF could not be made. Nothing was sent."),
    "failed": later("The report could not be made; the server’s log says why. Nothing was sent."),
    "not_ripe": later(
        "The period has closed, and replies to its e-mails are still coming in. It is sent later."
    ),
    "unchanged": later("Nothing has changed since the last mail."),
    "no_recipients": later(
        "Nobody was to get it: every recipient has unsubscribed, is barred or gets fewer."
    ),
    "share_changed": later("The link was changed while the report was made. Nothing was sent."),
    "share_paused": later("The link was paused."),
    "share_revoked": later("The link was revoked."),
    "share_expired": later("The link had ended."),
    "workspace_closed": later("The workspace was disabled."),
    "unlinked": later("The agency that made the link no longer manages the workspace."),
    "no_view": later("The link shows nothing any more of what is mailed."),
    "paused": later("The schedule was paused."),
}


def state_words(state: str) -> str:
    """What a run's state is called."""
    return say(STATES[state])


def reason_words(reason: str, about: str = "") -> str:
    """The sentence of a reason; "" for none."""
    if reason not in REASONS:
        return ""
    sentence = REASONS[reason]
    return say(sentence, about=about) if "{about}" in sentence else say(sentence)
