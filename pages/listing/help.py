"""What the words of contacts and deals mean, opened by "?" as on the dashboard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

from dashapp.ui.desk.icons import PATHS
from dashapp.ui.environment import render
from dashapp.ui.language.say import later, say

CONTACTS: Final = (
    (
        later("Contact"),
        later("A person an event names, a file brought, or somebody added by hand; one for each address."),
    ),
    (
        later("Status"),
        later(
            "Contacted, replied and interested follow from the e-mails until a person sets the status; what a "
            "person sets stays."
        ),
    ),
    (later("Engagement"), later("E-mails they clicked or answered; what machines did is left out.")),
    (
        later("First response"),
        later(
            "From when they were created, or first wrote in, to the first call, task or single e-mail towards them."
        ),
    ),
    (
        later("Find leads"),
        later("Contacts that are in no campaign. Added to one, they count in its forecast."),
    ),
    (
        later("Do not contact"),
        later("Nothing of ours is sent to them: no campaign, no single e-mail, no call."),
    ),
    (
        later("Deleted"),
        later("Deleted contacts can be restored for 30 days. Events about them stay."),
    ),
)
DEALS: Final = (
    (later("Deal"), later("A possible sale to a contact or a company.")),
    (
        later("Stage"),
        later("How far a deal has come. Drag its card, or press the left or right arrow key on it."),
    ),
    (later("Value"), later("What it is worth, in its own currency; sums stand above each stage.")),
    (later("Expected close"), later("The day by which it is expected to be won or lost.")),
)


def button(words: Sequence[tuple[str, str]]) -> Markup:
    """The button with the list of words behind it."""
    rows = [(say(word), say(meaning)) for word, meaning in words]
    return render("ui/help_words.html", words=rows, path=PATHS["help"])
