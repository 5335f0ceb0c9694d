"""What each mart promises, read from `data/marts/<mart>.yaml`: the one place for grain, keys, columns and checks.

A contract is declared beside the mart's SQL. The catalog, the data page, the order of rows in the files and the
checks at every refresh come from it; its cases run as tests. A new mart is its `.sql`, its `.yaml`, and one line
where data/marts/derive.py makes it.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import Any, Final, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from data.errors import DataError

_FOLDER: Final = files("data").joinpath("marts")
Name = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)


class BadContract(DataError):
    """A mart's contract cannot be read: a mistake of whoever wrote it."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Column(_Strict):
    """A column. `type`: as DuckDB names it. `stored_only`: in the files, not in what a build makes of events."""

    name: str = Name
    type: str
    nullable: bool
    meaning: str = Field(min_length=3)
    unit: str = ""
    stored_only: bool = False


class Check(_Strict):
    """SQL that finds bad rows, and what they mean. `bad`: a condition on a row of the mart; `sql`: a whole SELECT
    with a column workspace_id, over relations of marts by their names, `before` and `journeys_before`.

    `when`: `always` holds of the rows of any layer; `built` where a build has all rows of the leads it touched;
    `whole` only of all rows of a workspace, for what a refresh writes of the cubes are differences.
    """

    name: str = Name
    bad: str | None = None
    sql: str | None = None
    when: Literal["always", "built", "whole"] = "always"
    wrong: str = Field(min_length=10)
    todo: str = Field(min_length=10)

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.bad is None) == (self.sql is None):
            raise ValueError(f"check {self.name} has either `bad` or `sql`")
        return self


class Case(_Strict):
    """Events and the rows they make, worked out by hand; columns that are left out are not compared."""

    name: str
    given: list[dict[str, Any]] = Field(min_length=1)
    expect: list[dict[str, Any]]
    timezone: str = "UTC"


class Contract(_Strict):
    """A mart. `grain`: what one row is. `keys`: the columns that name it. `order`: how rows lie in a file.

    `made_of`: marts, or "segments".
    """

    mart: str = Name
    grain: str
    purpose: str
    made_of: tuple[str, ...]
    keys: tuple[str, ...]
    order: tuple[str, ...]
    columns: tuple[Column, ...]
    checks: tuple[Check, ...]
    cases: tuple[Case, ...]

    @model_validator(mode="after")
    def _names_are_columns(self) -> Self:
        names = [column.name for column in self.columns]
        twice = {name for name in names if names.count(name) > 1}
        unknown = {*self.keys, *self.order} - set(names)
        unknown |= {name for case in self.cases for row in case.expect for name in row} - set(names)
        if twice or unknown:
            raise ValueError(f"columns named twice {sorted(twice)}, or not at all {sorted(unknown)}")
        checks = [check.name for check in self.checks]
        if len(set(checks)) < len(checks):
            raise ValueError("two checks have one name")
        return self

    @property
    def name(self) -> str:
        """The mart's name."""
        return self.mart

    @property
    def order_by(self) -> str:
        """The order rows lie in, as SQL."""
        return ", ".join(f'"{name}"' for name in self.order)

    @property
    def empty(self) -> str:
        """A SELECT of its columns without a row."""
        columns = ", ".join(f'NULL::{column.type} AS "{column.name}"' for column in self.columns)
        return f"SELECT {columns} LIMIT 0"

    @property
    def made_keys(self) -> tuple[str, ...]:
        """The keys before the mart is written: a build makes one slice, and names it only in the file."""
        stored = {column.name for column in self.columns if column.stored_only}
        return tuple(key for key in self.keys if key not in stored)


def read(mart: str, text: str) -> Contract:
    """A contract from YAML. Raises BadContract with the place of the mistake."""
    try:
        said = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  a safe one
        # Strict in Python's sense would refuse YAML's lists where tuples are meant.
        contract = Contract.model_validate(_frozen(said))
    except (yaml.YAMLError, ValidationError) as error:
        raise BadContract(f"data/marts/{mart}.yaml cannot be read: {error}") from error
    if contract.mart != mart:
        raise BadContract(f"data/marts/{mart}.yaml is the contract of {contract.mart!r}.")
    return contract


@lru_cache(maxsize=1)
def contracts() -> dict[str, Contract]:
    """Every contract by mart, what a mart is made of before the mart. Raises BadContract."""
    found = {
        path.name.removesuffix(".yaml"): read(path.name.removesuffix(".yaml"), path.read_text("utf-8"))
        for path in sorted(_FOLDER.iterdir(), key=lambda one: one.name)
        if path.name.endswith(".yaml")
    }
    ordered: dict[str, Contract] = {}
    while len(ordered) < len(found):
        ready = [
            name
            for name, one in found.items()
            if name not in ordered and all(part in ordered or part not in found for part in one.made_of)
        ]
        if not ready:
            raise BadContract(f"These marts are made of each other: {sorted(set(found) - set(ordered))}.")
        ordered |= {name: found[name] for name in ready}
    return ordered


def order_of(mart: str) -> str:
    """The order of a mart's rows in its files, as SQL."""
    return contracts()[mart].order_by


def _frozen(said: Any) -> Any:
    """YAML's lists as the tuples the models hold, except rows and events, which stay as written."""
    if not isinstance(said, dict):
        return said
    told = dict(said)
    for key in ("made_of", "keys", "order", "columns", "checks", "cases"):
        if isinstance(told.get(key), list):
            told[key] = tuple(told[key])
    return told
