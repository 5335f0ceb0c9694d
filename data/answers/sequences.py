"""Where each lead stands in each campaign: what happened beside what the source plans (EVENTS §2)."""

from __future__ import annotations

from datetime import UTC

from data.answers.facts import Facts
from data.kept_plans import Plans, into
from data.question import Query


def make_sequences(facts: Facts, query: Query, plans: Plans) -> None:
    """Temp table `sequences` (sequences.sql) and the plan's tables.

    Plans are narrowed as the events are: to the scope's and the query's campaigns and user. A journey is of who
    sent its last e-mail, whoever that is, else of whom the plan names.
    """
    into(facts.connection, plans)
    run = facts.connection.execute
    for campaigns in (facts.scope.campaigns, None if query.campaign is None else {query.campaign}):
        if campaigns is not None:
            for kind in ("campaigns", "steps", "journeys"):
                run(
                    f"DELETE FROM plan_{kind} WHERE campaign NOT IN (SELECT unnest(?::VARCHAR[]))",  # noqa: S608
                    [sorted(campaigns)],
                )
    facts.make("sequences", query, now=facts.as_of.astimezone(UTC).replace(tzinfo=None))
    for user in (facts.scope.user, query.user):
        if user is not None:
            run('DELETE FROM sequences WHERE "user" <> ?', [user])
            run(
                "DELETE FROM sequences WHERE (lead, campaign) IN "
                '(SELECT (lead, campaign) FROM journey_users WHERE "user" <> ?)',
                [user],
            )
            run('DELETE FROM plan_mailboxes WHERE "user" IS NOT NULL AND "user" <> ?', [user])
