"""Who opens a report's link: a person, or a machine that looks where it leads.

A chat that shows a preview, a mail scanner and a search engine get a card with the report's name and the agency's,
and no figure; nothing they do counts as an opening. A program that asks for the page itself (a script, a browser
without a person) gets it, and is no opening either. A scanner that looks like a person's browser cannot be told.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from werkzeug.datastructures import Headers

from data.events.machines import by_agent

#: Previews and scanners that fetch web pages and are seldom seen opening mail, beside those of `by_agent`. No
#: application that a person reads in is among them: who is taken for a scanner sees no report.
_FETCHERS: Final = re.compile(
    r"SkypeUriPreview|Slack-ImgProxy|Iframely|Embedly|GoogleOther|(?:Mediapartners|APIs)-Google|Google Web Preview|"
    r"Google-(?:InspectionTool|PageRenderer|Safety|Read-Aloud)|Chrome-Lighthouse|BingPreview|MicrosoftPreview|"
    r"Microsoft Office/|ms-office|MSOffice|kakaotalk-scrap|vkShare|Mastodon/|Synapse|"
    r"Symantec|Trend ?Micro|Fortinet|FortiGuard|Sophos|Check ?Point|IronPort|Forcepoint|Cloudmark|Hornetsecurity|"
    r"urlscan|VirusTotal|Safe Browsing|URL ?Defense|Preview/\d",
    re.IGNORECASE,
)
_UNNAMED: Final = "it names no user agent"
#: Reasons that name a program which asked for the page itself, or name too little to withhold it.
_PROGRAMS: Final = ("a program's HTTP client", "a browser without a person", "proxy sends it", _UNNAMED)
#: User agents are cut at this: what a fetcher is called stands at the front.
_LONGEST: Final = 1_000


def preview_reason(headers: Headers) -> str | None:
    """Why a request is a preview's or a scanner's, which gets the card; None: it gets the report."""
    reason = _reason(headers.get("User-Agent", "")[:_LONGEST])
    return None if reason is None or reason.endswith(_PROGRAMS) else reason


def is_persons(headers: Headers) -> bool:
    """Whether a request for the page counts as an opening. A browser that loads ahead has not opened it yet."""
    ahead = headers.get("Sec-Purpose", "") + headers.get("Purpose", "") + headers.get("X-Moz", "")
    return "prefetch" not in ahead.lower() and _reason(headers.get("User-Agent", "")[:_LONGEST]) is None


@lru_cache(maxsize=4_096)
def _reason(user_agent: str) -> str | None:
    if not user_agent.strip():
        return _UNNAMED
    if _FETCHERS.search(user_agent):
        return "the user agent is a link preview or a scanner"
    return by_agent(user_agent)
