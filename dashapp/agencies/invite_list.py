"""Up to 500 accounts to invite, from a CSV: what each row would do is told before anything is sent."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from dashapp.agencies.names import clean_email, clean_name
from dashapp.db.tenants import INVITED, Agency, AgencyLink
from dashapp.errors import Refused

MOST_ROWS: Final = 500
MOST_CHARACTERS: Final = 200_000
#: First cells that name the columns.
_HEADS = frozenset({"email", "e-mail", "mail", "address", "e-mail address", "email address"})


@dataclass(frozen=True, slots=True)
class Row:
    """One line. `problem`: why no invitation is sent; None where one is."""

    line: int
    email: str
    name: str
    problem: Refused | None = None


def read(session: Session, agency: Agency, text: str) -> Sequence[Row]:
    """Each row with what is wrong with it. Raises Refused for what is no such list at all."""
    if len(text) > MOST_CHARACTERS or "\0" in text:
        raise Refused("The list can have at most 200,000 characters.")
    lines = [line for line in text.lstrip("\ufeff").splitlines() if line.strip()]
    if not lines:
        raise Refused("This list has no rows.")
    separator = max(",;\t", key=lines[0].count)
    try:
        cells = [
            (number, [cell.strip() for cell in row])
            for number, row in enumerate(csv.reader(io.StringIO("\n".join(lines)), delimiter=separator), 1)
        ]
    except csv.Error as error:
        raise Refused("The list cannot be read as CSV.") from error
    if cells and cells[0][1] and cells[0][1][0].lower() in _HEADS:
        cells = cells[1:]
    if len(cells) > MOST_ROWS:
        raise Refused("A list can have at most 500 rows.")
    waiting = {
        (row.email, row.account_name)
        for row in session.execute(
            select(AgencyLink.email, AgencyLink.account_name).where(
                AgencyLink.agency_id == agency.id, AgencyLink.state == INVITED
            )
        )
    }
    found: list[Row] = []
    for number, row in cells:
        one = _row(number, row)
        if one.problem is None and (one.email, one.name) in waiting:
            one = Row(
                number,
                one.email,
                one.name,
                Refused("This account is invited already or stands in the list twice."),
            )
        waiting.add((one.email, one.name))
        found.append(one)
    return found


def _row(number: int, row: Sequence[str]) -> Row:
    email, name = (row[0] if row else ""), (row[1] if len(row) > 1 else "")
    try:
        return Row(number, clean_email(email), clean_name(name, "an account"))
    except Refused as error:
        return Row(number, email[:254], name[:120], error)
