"""Which opens and clicks a machine made: by user agent, then by network, each with its reason.

Gmail shows pictures to people through Google's image proxy: an open through it is a person's, unless it comes
within seconds of the sending, and that is the marts' to say (data/marts/timing.py), as all that needs to know
of other events.
"""

from __future__ import annotations

import ipaddress
import re
from functools import cache, lru_cache
from typing import Final

#: Reasons that are a source's own word. The second stands beside `machine` false.
SAID_BY_SOURCE: Final = "the source says so"
SAID_HUMAN: Final = "the source says that a person did it"

#: (pattern in the user agent, reason). Image proxies first: their reason says more than "a bot".
_AGENTS: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), reason)
    for pattern, reason in (
        (r"GoogleImageProxy|ggpht\.com", "Google's image proxy"),
        (r"YahooMailProxy|YahooCacheSystem", "Yahoo's image proxy"),
        (r"BarracudaCentral|Barracuda", "Barracuda's mail scanner"),
        (r"Proofpoint", "Proofpoint's mail scanner"),
        (r"Mimecast", "Mimecast's mail scanner"),
        (
            r"Microsoft Office (?:Existence|Protocol) Discovery|SafeLinks|BingPreview",
            "a Microsoft link check",
        ),
        (
            r"Slackbot|facebookexternalhit|Twitterbot|LinkedInBot|WhatsApp|TelegramBot|Discordbot",
            "a link preview",
        ),
        (r"HeadlessChrome|PhantomJS|Puppeteer|Playwright|Selenium", "a browser without a person"),
        (
            r"^(?:python-requests|python-urllib|curl|wget|go-http-client|java|okhttp|axios|libwww-perl|ruby|php)\b",
            "a program's HTTP client",
        ),
        (r"(?<!cu)bot(?:\b|_)|crawler|spider", "a bot"),
        (r"scanner|\bscan\b|link ?check|prefetch|validator|monitor", "a link check"),
    )
)
#: A bare "Mozilla/5.0" is what Apple Mail Privacy Protection and Gmail's prefetch send.
_BARE: Final = re.compile(r"\s*Mozilla/[45]\.0\s*")

_NETWORKS: Final = tuple(
    (ipaddress.ip_network(network), reason)
    for network, reason in (
        ("66.249.64.0/19", "Google's image proxy network"),
        ("66.102.0.0/20", "Google's image proxy network"),
        ("64.233.160.0/19", "Google's image proxy network"),
        ("72.14.192.0/18", "Google's image proxy network"),
        ("74.125.0.0/16", "Google's image proxy network"),
        ("209.85.128.0/17", "Google's image proxy network"),
        ("2001:4860::/32", "Google's image proxy network"),
        ("17.0.0.0/8", "Apple's network"),
        ("2620:149::/32", "Apple's network"),
    )
)


#: How an open through Gmail's pictures is told; also in what was stored when these counted as machines.
GMAIL_REASONS: Final = frozenset(
    {"the user agent is Google's image proxy", "the address is in Google's image proxy network"}
)
#: Security gateways and previews, which follow links; an HTTP client may be a mailbox provider's one-click.
_SCANNERS: Final = frozenset(
    f"the user agent is {reason}"
    for _, reason in _AGENTS
    if "scanner" in reason or "check" in reason or "preview" in reason
)


def _rule_of_agent(reason: str) -> str:
    if "scanner" in reason or "link check" in reason:
        return "scanners"
    if "image proxy" in reason:
        return "proxies"
    return "previews" if reason == "a link preview" else "programs"


_BARE_REASON: Final = "the user agent is bare, as a prefetching mail proxy sends it"
#: Kinds of rules, each of which a workspace may switch off (data/marts/counting.py).
RULES: Final = ("scanners", "previews", "programs", "proxies", "networks")


@cache
def reasons_of(rule: str) -> tuple[str, ...]:
    """The reasons that a rule of RULES gives, as they are stored beside an event."""
    if rule == "networks":
        return tuple(dict.fromkeys(f"the address is in {reason}" for _, reason in _NETWORKS))
    agents = [f"the user agent is {reason}" for _, reason in _AGENTS if _rule_of_agent(reason) == rule]
    return (*agents, _BARE_REASON) if rule == "proxies" else tuple(agents)


@lru_cache(maxsize=65_536)
def by_agent(user_agent: str) -> str | None:
    """Why this user agent is a machine's, or None."""
    for pattern, reason in _AGENTS:
        if pattern.search(user_agent):
            return f"the user agent is {reason}"
    if _BARE.fullmatch(user_agent):
        return _BARE_REASON
    return None


@lru_cache(maxsize=65_536)
def by_network(ip: str) -> str | None:
    """Why this address is a machine's, or None; what is no address says nothing."""
    try:
        address = ipaddress.ip_address(ip.strip())
    except ValueError:
        return None
    for network, reason in _NETWORKS:
        if address in network:
            return f"the address is in {reason}"
    return None


def machine_reason(event: str, user_agent: str | None, ip: str | None) -> str | None:
    """Why an open or a click was made by a machine, or None when nothing says so."""
    reason = by_agent(user_agent) if user_agent else None
    if reason is None or (event == "opened" and reason in GMAIL_REASONS):
        network = by_network(ip) if ip else None
        if event == "opened" and network in GMAIL_REASONS:
            return None
        # A picture fetched for Gmail comes from Google's network, and no other network says more about it.
        return network if reason is None else None
    return reason


def scanner_reason(user_agent: str | None) -> str | None:
    """Why an unsubscribe was a scanner's look at the link, or None: a mailbox provider's one-click is real."""
    reason = by_agent(user_agent) if user_agent else None
    return reason if reason in _SCANNERS else None
