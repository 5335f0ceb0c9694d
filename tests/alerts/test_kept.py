"""How long a crossing is kept after it was over: 13 months."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from dashapp.alerts import store
from dashapp.db.base import now
from dashapp.db.on_tiles import AlertCrossing, TileAlert
from tests.support.tenants import North


def test_crossings_go_13_months_after_they_were_over(engine: Engine, north: North) -> None:
    at = now()

    def days(n: int) -> Any:
        return at - timedelta(days=n)

    with Session(engine) as session, session.begin():
        for removed in (False, True):
            alert = TileAlert(
                workspace_id=north.pine,
                name="Opens",
                measure={},
                kind="below",
                limit_value=0.2,
                recipients=["alice@north.example"],
                removed=removed,
            )
            session.add(alert)
            session.flush()
            for began, ended in ((500, 397), (500, 395), (500, None), (10, None)):
                crossing = AlertCrossing(alert_id=alert.id, value=0.1, began_at=days(began))
                crossing.ended_at = None if ended is None else days(ended)
                session.add(crossing)
    with engine.begin() as connection:
        assert store.forget(connection, at) == 4
    with Session(engine) as session:
        rows = session.execute(
            select(TileAlert.removed, AlertCrossing.began_at, AlertCrossing.ended_at).join(TileAlert)
        )
        kept = {(gone, (at - began).days, ended and (at - ended).days) for gone, began, ended in rows}
    # One that began long ago and never ended is over all the same where its alert was removed.
    assert kept == {(False, 500, 395), (False, 500, None), (False, 10, None), (True, 10, None)}
