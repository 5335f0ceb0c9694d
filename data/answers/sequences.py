"""Where each lead stands in each campaign: what happened beside what the source plans (docs/events.md)."""

from __future__ import annotations

from datetime import UTC, datetime

from data.answers.facts import Facts
from data.engines.duckdb import DuckDBPyConnection, sql
from data.plans.cache import Plans, into
from data.question import Query
from data.scope import Scope


def make_sequences(facts: Facts, query: Query, plans: Plans) -> None:
    """Temp table `sequences` (sequences.sql) and the plan's tables.

    Plans are narrowed as the events are: to the scope's and the query's campaigns and user. A journey is of who
    sent its last e-mail, whoever that is, else of whom the plan names.
    """
    into(facts.connection, plans)
    narrow_plans(facts.connection, facts.scope, query)
    facts.make("sequences", query, sequences_sql("known_journeys"), now=naive(facts.as_of))
    leave_out_others(facts.connection, facts.scope, query)


def narrow_plans(connection: DuckDBPyConnection, scope: Scope, query: Query) -> None:
    """The plan's tables without campaigns that are not asked for, or not to be seen."""
    for campaigns in (scope.campaigns, None if query.campaign is None else {query.campaign}):
        if campaigns is not None:
            for kind in ("campaigns", "steps", "journeys"):
                connection.execute(
                    f"DELETE FROM plan_{kind} WHERE campaign NOT IN (SELECT unnest(?::VARCHAR[]))",  # noqa: S608
                    [sorted(campaigns)],
                )


def leave_out_others(connection: DuckDBPyConnection, scope: Scope, query: Query) -> None:
    """`sequences` and the plan's mailboxes without those of other users."""
    for user in (scope.user, query.user):
        if user is not None:
            connection.execute('DELETE FROM sequences WHERE "user" <> ?', [user])
            connection.execute(
                "DELETE FROM sequences WHERE (lead, campaign) IN "
                '(SELECT (lead, campaign) FROM journey_users WHERE "user" <> ?)',
                [user],
            )
            connection.execute('DELETE FROM plan_mailboxes WHERE "user" IS NOT NULL AND "user" <> ?', [user])


def sequences_sql(known: str) -> str:
    """The text of sequences.sql over the journeys that `data/answers/<known>.sql` knows."""
    return sql("answers", "sequences").format(known=sql("answers", known))


def naive(moment: datetime) -> datetime:
    """A moment as the files tell it: UTC, without saying so."""
    return moment.astimezone(UTC).replace(tzinfo=None)
