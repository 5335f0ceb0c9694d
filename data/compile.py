"""A validated query as SQL. The scope's predicate is part of the relation itself, so no query can forget it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from difflib import get_close_matches
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from data.engines.duckdb import sql
from data.errors import BadQuery
from data.scope import Scope
from data.slices import DIMENSIONS

Name = Literal[
    "cohort",
    "week1",
    "sent_emails",
    "rate",
    "future_emails",
    "hours",
    "top_links",
    "reply_categories",
    "top_campaigns",
]
DataType = Literal["open", "click", "reply", "positive_reply", "negative_reply", "bounce", "unsubscribe"]
By = Literal[
    "day", "week", "campaign", "step", "user", "sender_provider", "recipient_provider", "variation", "sender"
]

NAMES: tuple[str, ...] = get_args(Name)
#: The longest range one question may cover; beyond it a chart of days cannot be read anyway.
MAX_DAYS = 3_700

_KEYS: dict[str | None, str] = {
    None: "'all'",
    "day": "strftime(day, '%Y-%m-%d')",
    "week": "strftime(date_trunc('week', day), '%Y-%m-%d')",
    "campaign": "campaign",
    "step": "step",
    "user": '"user"',
    "sender_provider": "sender_provider",
    "recipient_provider": "recipient_provider",
}


class Query(BaseModel):
    """One question by name, with the options of INTERFACES §3 in force. Dates are the workspace's own days."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    name: Name
    data_type: DataType = "open"
    attribution: Literal["email", "lead"] = "email"
    clock: Literal["calendar", "elapsed"] = "calendar"
    engagement: Literal["human", "all"] = "human"
    sender_provider: Literal["any", "gmail", "outlook", "custom"] = "any"
    recipient_provider: Literal["any", "gmail", "outlook", "other"] = "any"
    campaign: str | None = Field(default=None, max_length=500)
    user: str | None = Field(default=None, max_length=254)
    from_: date | None = Field(default=None, alias="from")
    to: date | None = None
    by: By | None = None
    as_of: datetime | None = None
    sort: Literal["rate", "count"] = "rate"
    limit: int | None = None
    event: Literal["sent", "opened", "clicked", "replied"] | None = None

    @field_validator("user")
    @classmethod
    def _lower(cls, value: str | None) -> str | None:
        return None if value is None else value.lower()

    @field_validator("as_of")
    @classmethod
    def _aware(cls, value: datetime | None) -> datetime | None:
        """A stamp without an offset is UTC."""
        if value is None:
            return None
        value = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        if not 1971 <= value.year <= 2199:
            raise ValueError("lies outside the years 1971 to 2199")
        return value

    @model_validator(mode="after")
    def _ordered(self) -> Query:
        for day in (self.from_, self.to):
            if day is not None and not 1971 <= day.year <= 2199:
                raise ValueError("The dates lie outside the years 1971 to 2199")
        if self.from_ and self.to:
            if self.from_ > self.to:
                raise ValueError(f"The range starts on {self.from_} and ends before, on {self.to}")
            if (self.to - self.from_).days >= MAX_DAYS:
                raise ValueError(f"The range is longer than the limit of {MAX_DAYS} days")
        return self

    def options(self) -> dict[str, Any]:
        """The options in force, JSON-ready, under their names on the command line (with underscores)."""
        return self.model_dump(mode="json", by_alias=True, exclude={"name", "as_of"})


def parse(name: str, options: dict[str, Any]) -> Query:
    """A Query from untrusted words; BadQuery with one sentence that names the word and the near ones."""
    if name not in NAMES:
        raise BadQuery(f"There is no figure called '{name}'{_near(name, NAMES)}")
    known = {field.alias or key for key, field in Query.model_fields.items()} - {"name"}
    for key in options:
        if key not in known:
            raise BadQuery(f"'{key}' is not an option of {name}{_near(key, tuple(known))}")
    try:
        return Query.model_validate({"name": name, **options})
    except ValidationError as error:
        raise BadQuery(_sentence(error)) from error


def _near(word: str, words: tuple[str, ...]) -> str:
    """The end of a sentence about a word that is not known, with those that are near it."""
    close = get_close_matches(word, words, n=3, cutoff=0.65)
    return f". Did you mean {' or '.join(close)}?" if close else f"; there are {', '.join(sorted(words))}."


def _sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    option = ".".join(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    if not option:
        return f"{message}."
    given = str(first.get("input"))[:60]
    if first["type"] == "literal_error":
        allowed = tuple(str(first["ctx"]["expected"]).replace("'", "").replace(" or ", ", ").split(", "))
        return f"{option} cannot be '{given}'{_near(given, allowed)}"
    return f"{option} cannot be '{given}': {message}."


@dataclass(frozen=True)
class Measure:
    """Where a data type stands in the cubes: the base its units are in, its hits, and the tracking it needs."""

    base: str
    hits: str
    tracked: str


def measure(query: Query) -> Measure:
    """METRICS §2, "Eligible units", as columns of units.sql."""
    if query.data_type == "bounce":
        return Measure("all", "bounce", "true")
    if query.data_type == "open":
        return Measure("eligible", f"open_{query.engagement}", "track_opens")
    if query.data_type == "click":
        return Measure("eligible", f"click_{query.engagement}", "track_clicks")
    return Measure("eligible", query.data_type, "true")


def dimensions(query: Query, scope: Scope) -> set[str]:
    """The dimensions a query filters or groups by: they decide which slice can answer it."""
    named = {name for name in ("campaign", "user") if getattr(query, name) is not None}
    named |= {name for name in ("sender_provider", "recipient_provider") if getattr(query, name) != "any"}
    if query.by in DIMENSIONS:
        named.add(query.by)
    if scope.user is not None:
        named.add("user")
    if scope.campaigns is not None:
        named.add("campaign")
    return named


def key_sql(query: Query) -> str:
    """The grouping expression of `--by`."""
    return _KEYS[query.by]


def statement(file: str, relation: str, mart: str, query: Query, scope: Scope, **blanks: str) -> str:
    """`data/queries/<file>.sql` over `mart`, which is `relation` narrowed to the scope and the filters."""
    narrow = ["workspace_id = $workspace_id", "slice = $slice"]
    if scope.user is not None:
        narrow.append('"user" = $scope_user')
    if scope.campaigns is not None:
        narrow.append("campaign IN (SELECT unnest($scope_campaigns))")
    if query.user is not None:
        narrow.append('"user" = $user')
    if query.campaign is not None:
        narrow.append("campaign = $campaign")
    if query.sender_provider != "any":
        narrow.append("sender_provider = $sender_provider")
    if query.recipient_provider != "any":
        narrow.append("recipient_provider = $recipient_provider")
    text = sql("queries", file).format(**blanks) if blanks else sql("queries", file)
    return f"WITH {mart} AS (SELECT * FROM {relation} WHERE {' AND '.join(narrow)})\n{text}"  # noqa: S608


def parameters(query: Query, scope: Scope, workspace_id: int) -> dict[str, Any]:
    """The values `statement` binds; nothing a person typed is ever part of the SQL text."""
    values: dict[str, Any] = {"workspace_id": workspace_id}
    if scope.user is not None:
        values["scope_user"] = scope.user
    if scope.campaigns is not None:
        values["scope_campaigns"] = sorted(scope.campaigns)
    for name in ("user", "campaign"):
        if getattr(query, name) is not None:
            values[name] = getattr(query, name)
    for name in ("sender_provider", "recipient_provider"):
        if getattr(query, name) != "any":
            values[name] = getattr(query, name)
    return values
