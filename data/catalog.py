"""The marts there are, declared once: what a row of each is, what it is for, and what it is made of."""

from __future__ import annotations

from dataclasses import dataclass

#: Where events come in, and where they are kept for good: what every mart is made of in the end.
INBOX, SEGMENTS = "inbox", "segments"
#: What people look at.
VIEWS = "views"


@dataclass(frozen=True, slots=True)
class Mart:
    """One mart. `grain`: what one row is. `made_of`: marts or SEGMENTS."""

    name: str
    grain: str
    purpose: str
    made_of: tuple[str, ...]


MARTS: tuple[Mart, ...] = (
    Mart(
        "hints",
        "one e-mail whose sending was never reported",
        "Tells campaign, step and sender of an e-mail from its other events until its “sent” comes.",
        (SEGMENTS,),
    ),
    Mart(
        "lead_events",
        "one reply or unsubscribe that names only the lead",
        "Kept apart, and given to the lead’s last e-mail before it at every build.",
        (SEGMENTS,),
    ),
    Mart(
        "messages",
        "one e-mail",
        "When it was sent and everything that happened to it: the rows behind every figure.",
        (SEGMENTS, "hints", "lead_events"),
    ),
    Mart(
        "journeys",
        "one lead in one campaign",
        "The unit of figures by lead: its first e-mail, opens, replies, unsubscribes.",
        ("messages",),
    ),
    Mart(
        "combos",
        "one combination of campaign, user, step, variation, sender and providers",
        "Lets the cubes count by one number instead of seven texts.",
        ("messages",),
    ),
    Mart(
        "units",
        "one day of starts, for one combination, by e-mail or by lead",
        "The cube behind rates, trends and totals.",
        ("messages", "journeys", "combos"),
    ),
    Mart(
        "cohorts",
        "one week of starts and one week of events, for one combination",
        "The cube behind the cohort grid and the first week.",
        ("messages", "journeys", "combos"),
    ),
)

#: What the views read: the cubes, and the rows behind them for tables and reports.
VIEWS_READ = ("units", "cohorts", "messages", "journeys")


def lineage() -> dict[str, tuple[str, ...]]:
    """Every station from the inbox to the views, with what it is made of."""
    marts = {mart.name: mart.made_of for mart in MARTS}
    return {INBOX: (), SEGMENTS: (INBOX,), **marts, VIEWS: VIEWS_READ}


def stages(graph: dict[str, tuple[str, ...]]) -> list[list[str]]:
    """The stations in columns: each one step after the last of what it is made of. Raises KeyError on an
    unknown name."""
    depth: dict[str, int] = {}

    def of(name: str) -> int:
        if name not in depth:
            depth[name] = max((of(one) + 1 for one in graph[name]), default=0)
        return depth[name]

    columns: list[list[str]] = [[] for _ in range(max(of(name) for name in graph) + 1)]
    for name in graph:
        columns[depth[name]].append(name)
    return columns
