"""A token nobody has costs what one costs that no longer works: an answer's time tells nothing.

Work is counted, not timed: function calls of the process, and steps of SQLite's machine.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import event, update

from dashapp.access.tokens import random_token
from dashapp.db.base import now
from dashapp.db.reports import Share
from dashapp.services import Services
from tests.support.world import World


class Work:
    """What one request cost."""

    def __init__(self) -> None:
        self.calls = 0
        self.steps = 0

    @property
    def total(self) -> int:
        """Both: a step of the database costs less than a call, so this is strict with it."""
        return self.calls + self.steps


@contextmanager
def counted(running: Services) -> Iterator[Work]:
    """Count the work of the block."""
    work = Work()

    def call(_frame: Any, what: str, _argument: Any) -> None:
        if what in {"call", "c_call"}:
            work.calls += 1

    def step() -> int:
        work.steps += 1
        return 0

    def checked_out(connection: Any, *_: Any) -> None:
        connection.set_progress_handler(step, 1)

    def given_back(connection: Any, *_: Any) -> None:
        connection.set_progress_handler(None, 1)

    event.listen(running.engine, "checkout", checked_out)
    event.listen(running.engine, "checkin", given_back)
    before = sys.getprofile()
    sys.setprofile(call)
    try:
        yield work
    finally:
        sys.setprofile(before)
        event.remove(running.engine, "checkout", checked_out)
        event.remove(running.engine, "checkin", given_back)


def cost(app: Flask, running: Services, token: str, route: str) -> Work:
    """The work of a refused request, the second of its kind, when nothing is made for the first time."""
    client = app.test_client()
    for _ in range(2):
        with counted(running) as work:
            answer = client.get(f"/p/{token}/{route}")
        assert answer.status_code == 404
    return work


ROUTES = ("", "live", "logo", "report.pdf", "tiles/open.csv")
NO_TOKENS = (":token", "*", "null", "0", "%00", "-1", "'%20OR%201=1", "é", "x" * 43, "A" * 10_000)


def alike(one: Work, other: Work) -> bool:
    """Within a tenth."""
    return abs(one.total - other.total) < 0.1 * other.total


def test_a_link_that_ended_costs_what_an_unknown_one_costs(
    app: Flask, running: Services, world: World
) -> None:
    unknown = {route: cost(app, running, random_token(), route) for route in ROUTES}
    assert all(work.steps > 5 for work in unknown.values())  # it was looked up
    states: list[dict[str, Any]] = [
        {"state": "revoked"},
        {"state": "paused"},
        {"state": "active", "expires_at": now() - timedelta(days=1)},
    ]
    for values in states:
        with running.session() as session:
            session.execute(update(Share).where(Share.id == world.ids["harbour_share"]).values(**values))
        for route in ROUTES:
            ended = cost(app, running, world.harbour_token, route)
            assert alike(ended, unknown[route]), (values, route, vars(ended), vars(unknown[route]))


def test_what_is_no_token_costs_what_an_unknown_one_costs(
    app: Flask, running: Services, world: World
) -> None:
    unknown = cost(app, running, random_token(), "")
    begun = world.harbour_token[:20]
    for token in (*NO_TOKENS, world.harbour_token[:-1], begun + "A" * (43 - len(begun))):
        odd = cost(app, running, token, "")
        assert alike(odd, unknown), (token[:50], vars(odd), vars(unknown))
