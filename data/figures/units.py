"""Units and what can happen to them, as columns of the cubes: the marts' SQL and the drill-down are made of these.

A row of `unit_rows` (data/marts/unit_rows.sql) is a unit; `behind_units` of the drill-down has the same columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Base:
    """Units a rate can be a share of: a column of the cube of units, and what a unit in it is (SQL, all of them).

    `emails`, `leads`: its units in words. `tracking`: the column that says whether this was tracked, where
    untracked units are left out.
    """

    column: str
    where: tuple[str, ...]
    emails: str
    leads: str
    tracking: str | None = None

    @property
    def of_facts(self) -> tuple[str, ...]:
        """SQL over a row of the marts `messages` and `journeys`: what the units of this base are."""
        said = {"is_unit": "", "is_eligible": "bounced_at is null"}
        return tuple(text for one in self.where if (text := said.get(one, one)))


@dataclass(frozen=True, slots=True)
class Hit:
    """What can happen to a unit of `base`: a column of both cubes.

    `at`: the column with the moment it first happened. `only`: what else holds for units counted here (SQL).
    """

    column: str
    base: Base
    at: str
    only: str = ""

    @property
    def happened_at(self) -> str:
        """SQL over a unit: when it happened to it; null where it does not count."""
        conditions = " and ".join((*self.base.where, *([self.only] if self.only else [])))
        return f"case when {conditions} then {self.at} end"


_TRACKED: Final = "e-mails sent with tracking on that neither bounced nor were refused"
_TRACKED_LEADS: Final = "leads reached with tracking on, counted once per campaign"
UNITS: Final = Base(
    "units", ("is_unit",), "all e-mails sent", "all leads written to, counted once per campaign"
)
ELIGIBLE: Final = Base(
    "eligible",
    ("is_eligible",),
    "e-mails sent that neither bounced nor were refused",
    "leads reached, counted once per campaign",
)
OPENS_TRACKED: Final = Base(
    "open_base", ("is_eligible", "track_opens"), _TRACKED, _TRACKED_LEADS, "track_opens"
)
CLICKS_TRACKED: Final = Base(
    "click_base", ("is_eligible", "track_clicks"), _TRACKED, _TRACKED_LEADS, "track_clicks"
)

BOUNCED: Final = Hit("bounce", UNITS, "bounced_at")
OPENED: Final = Hit("open_human", OPENS_TRACKED, "opened_human_at")
OPENED_BY_ANY: Final = Hit("open_all", OPENS_TRACKED, "opened_all_at")
CLICKED: Final = Hit("click_human", CLICKS_TRACKED, "clicked_human_at")
CLICKED_BY_ANY: Final = Hit("click_all", CLICKS_TRACKED, "clicked_all_at")
REPLIED: Final = Hit("reply", ELIGIBLE, "replied_at")
REPLIED_POSITIVELY: Final = Hit("positive_reply", ELIGIBLE, "replied_at", "sentiment = 'positive'")
REPLIED_NEGATIVELY: Final = Hit("negative_reply", ELIGIBLE, "replied_at", "sentiment = 'negative'")
UNSUBSCRIBED: Final = Hit("unsubscribe", ELIGIBLE, "unsubscribed_at")

#: The columns of the cubes, in the order they have in files. A new one is a new format (data/marts/layer_files.py).
BASES: Final = (UNITS, ELIGIBLE, OPENS_TRACKED, CLICKS_TRACKED)
HITS: Final = (
    BOUNCED,
    OPENED,
    OPENED_BY_ANY,
    CLICKED,
    CLICKED_BY_ANY,
    REPLIED,
    REPLIED_POSITIVELY,
    REPLIED_NEGATIVELY,
    UNSUBSCRIBED,
)


def moment_of(hit: Hit) -> str:
    """The column of the first hit at the same moments: replies of either sentiment happen when replies do."""
    return next(one.column for one in HITS if (one.base, one.at) == (hit.base, hit.at))


#: Hits that happen at moments of their own.
MOMENTS: Final = tuple(hit for hit in HITS if moment_of(hit) == hit.column)


def units_sql(counted: str) -> str:
    """The counts of data/marts/units.sql; `counted`: what a row adds, an aggregate."""
    bases = [_count(counted, " and ".join(base.where), base.column) for base in BASES]
    hits = [
        _count(counted, " and ".join((*hit.base.where, f"{hit.at} is not null", *_only(hit))), hit.column)
        for hit in HITS
    ]
    return ",\n        ".join((bases[0], hits[0], *bases[1:], *hits[1:]))


def hits_sql() -> str:
    """A SELECT of units for each moment something happened to them: all columns, `kind` and `hit_at`."""
    return "\n    union all\n    ".join(
        f"select *, '{hit.column}' as kind, {hit.at} as hit_at from unit_rows "  # noqa: S608  names of ours
        f"where {' and '.join(hit.base.where)} and {hit.at} is not null"
        for hit in MOMENTS
    )


def weeks_sql(counted: str) -> str:
    """The counts of data/marts/cohorts.sql over the rows of `hits_sql`; `counted`: as in `units_sql`."""
    return ",\n        ".join(
        _count(counted, " and ".join((f"kind = '{moment_of(hit)}'", *_only(hit))), hit.column) for hit in HITS
    )


def _count(counted: str, condition: str, column: str) -> str:
    return f"coalesce({counted} filter ({condition}), 0)::integer as {column}"


def _only(hit: Hit) -> tuple[str, ...]:
    return (hit.only,) if hit.only else ()
