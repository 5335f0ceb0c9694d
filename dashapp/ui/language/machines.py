"""Why a machine is thought to have opened or clicked, in the reader's language."""

from __future__ import annotations

from typing import Final

from dashapp.ui.language.say import later, say

#: A stored reason begins so, and goes on with what it names.
_AGENT: Final = "the user agent is "
_NETWORK: Final = "the address is in "
_WHAT: Final = {
    "Google's image proxy": later("Google’s image proxy"),
    "Yahoo's image proxy": later("Yahoo’s image proxy"),
    "Barracuda's mail scanner": later("Barracuda’s mail scanner"),
    "Proofpoint's mail scanner": later("Proofpoint’s mail scanner"),
    "Mimecast's mail scanner": later("Mimecast’s mail scanner"),
    "a Microsoft link check": later("a Microsoft link check"),
    "a link preview": later("a link preview"),
    "a browser without a person": later("a browser without a person"),
    "a program's HTTP client": later("a program"),
    "a bot": later("a bot"),
    "a link check": later("a link check"),
    "bare, as a prefetching mail proxy sends it": later("a mail program that loads pictures ahead"),
    "Google's image proxy network": later("Google’s network"),
    "Apple's network": later("Apple’s network (Mail Privacy Protection)"),
}
_WHOLE: Final = {
    "the source says so": later("Not counted: the source says a machine did it"),
    "it was opened within 3 seconds of the sending": later("Not counted: opened within 3 seconds of sending"),
    "it was clicked within 5 seconds of the delivery": later(
        "Not counted: clicked within 5 seconds of delivery"
    ),
    "another link of the e-mail was clicked within 10 seconds": later(
        "Not counted: another link was clicked within 10 seconds"
    ),
}


def machine_words(reason: str) -> str:
    """A stored reason (data/events/machines.py, data/marts/timing.py) as a sentence; a source's own stays."""
    if reason in _WHOLE:
        return say(_WHOLE[reason])
    what = _WHAT.get(reason.removeprefix(_AGENT).removeprefix(_NETWORK))
    if what is None:
        return say("Not counted: made by a machine ({reason})", reason=reason[:120])
    return say("Not counted: made by {machine}", machine=say(what))
