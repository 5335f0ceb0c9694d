"""The marts' SQL in Spark's words: sqlglot translates, and what it cannot know is rewritten here, rule by rule.

The files in `data/marts` are written once, for DuckDB. sqlglot handles most of what differs: `exclude`,
`struct_pack`, semi and anti joins, `//`, casts, quoting, struct fields. What is left, each a function below:

- our macros (`local_time`, `combination`) are put in the place where they are called: Spark has none;
- `* replace (…)` becomes `* except (…)` and the new columns after it, so columns must be looked up by name;
- `not materialized` is left out;
- `qualify` beside `*` would let the row number through;
- `asof join` becomes a join of all that came before and the latest of them;
- `hash` is `xxhash64`: both only join rows within one build, and are never stored;
- `md5_number_lower(x) >> 1`, which *is* stored (combos), is spelt out byte by byte: it must be the same number;
- `to_seconds` and `datediff('microsecond', …)` have other names.

Nothing depends on how an engine orders NULLs: where rows are ordered, or structs compared, the keys are never null.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.transforms import eliminate_qualify


@dataclass(frozen=True)
class Macro:
    """What `CREATE MACRO name(parameters) AS body` says to DuckDB."""

    parameters: tuple[str, ...]
    body: str


def translate(statement: str, macros: Mapping[str, Macro] | None = None) -> str:
    """A SELECT of ours, written for DuckDB, as Spark SQL."""
    tree: exp.Expr = sqlglot.parse_one(statement, read="duckdb")
    tree = _expand(tree, macros or {})
    for rule in _RULES:
        tree = tree.transform(rule)
    return str(tree.sql(dialect="spark", comments=False, unsupported_level=sqlglot.ErrorLevel.RAISE))


def _expand(tree: exp.Expr, macros: Mapping[str, Macro]) -> exp.Expr:
    bodies = {name: sqlglot.parse_one(macro.body, read="duckdb") for name, macro in macros.items()}

    def expand(node: exp.Expr) -> exp.Expr:
        name = node.name.lower() if isinstance(node, exp.Anonymous) else ""
        if name not in macros:
            return node
        given = dict(zip(macros[name].parameters, node.expressions, strict=True))

        def put(inner: exp.Expr) -> exp.Expr:
            if isinstance(inner, exp.Column) and not inner.table and inner.name in given:
                return given[inner.name].copy()
            return inner

        return exp.paren(bodies[name].copy().transform(put), copy=False)

    return tree.transform(expand)


def _replaced_star(node: exp.Expr) -> exp.Expr:
    """`m.* replace (x as a)` → `m.* except (a), x as a`."""
    if not isinstance(node, exp.Select):
        return node
    columns: list[exp.Expr] = []
    for column in node.expressions:
        star = column.find(exp.Star) if isinstance(column, (exp.Column, exp.Star)) else None
        replaced = star.args.get("replace") if star is not None else None
        columns.append(column)
        if star is not None and replaced:
            star.set("replace", None)
            star.set(
                "except_",
                [*(star.args.get("except_") or []), *(exp.to_identifier(r.alias) for r in replaced)],
            )
            columns += replaced
    node.set("expressions", columns)
    return node


def _qualified_star(node: exp.Expr) -> exp.Expr:
    """`select * … qualify` → `select * except (_w) from (… row_number() as _w …) where …`."""
    if not (isinstance(node, exp.Select) and node.args.get("qualify")):
        return node
    starred = any(isinstance(column, exp.Star) for column in node.expressions)
    outer = eliminate_qualify(node)
    if starred:
        outer.set("expressions", [exp.Star(except_=[exp.to_identifier("_w")])])
    return outer


def _asof_join(node: exp.Expr) -> exp.Expr:
    """`e asof join l on … and e.at >= l.t0` → all of `l` up to then, and of these the latest, per row of `e`.

    A row of `e` is told by what is selected of it: that must hold its key.
    """
    if not isinstance(node, exp.Select):
        return node
    join = next((one for one in node.args.get("joins") or [] if one.args.get("method") == "ASOF"), None)
    if join is None:
        return node
    right = join.this.alias_or_name
    (bound,) = join.args["on"].find_all(exp.GTE)
    latest = next(side for side in (bound.left, bound.right) if side.table == right)
    key = [column.copy() for column in node.expressions if column.table != right]
    join.set("method", None)
    number = exp.Window(
        this=exp.RowNumber(),
        partition_by=key,
        order=exp.Order(expressions=[exp.Ordered(this=latest.copy(), desc=True)]),
    )
    node.set("qualify", exp.Qualify(this=exp.EQ(this=number, expression=exp.Literal.number(1))))
    return node


def _hint(node: exp.Expr) -> exp.Expr:
    """`as not materialized` is advice for DuckDB's planner; Spark has no such words."""
    if isinstance(node, exp.CTE):
        node.set("materialized", None)
    return node


def _digest(node: exp.Expr) -> exp.Expr:
    """`md5_number_lower(x) >> 1`: the digest's last eight bytes as a little-endian number, without its lowest bit.

    `conv(…, 16, -10)` reads the 64 bits as a signed number, and the shift fills up with a zero.
    """
    if not isinstance(node, exp.BitwiseRightShift):
        return node
    inner = node.this
    if not (isinstance(inner, exp.Anonymous) and inner.name.lower() == "md5_number_lower"):
        return node
    digest = exp.func("md5", inner.expressions[0])
    pairs = [
        exp.func("substr", digest.copy(), exp.Literal.number(at), exp.Literal.number(2))
        for at in range(31, 16, -2)
    ]
    hexed = exp.func("concat", *pairs)
    signed = exp.cast(
        exp.Anonymous(this="conv", expressions=[hexed, exp.Literal.number(16), exp.Literal.number(-10)]),
        "bigint",
    )
    return exp.Anonymous(this="shiftrightunsigned", expressions=[signed, node.expression])


def _functions(node: exp.Expr) -> exp.Expr:
    """Functions of another name."""
    name = node.name.lower() if isinstance(node, exp.Anonymous) else ""
    if name == "hash":
        return exp.Anonymous(this="xxhash64", expressions=node.expressions)
    if name == "to_seconds":
        zero = exp.Literal.number(0)
        return exp.Anonymous(this="make_dt_interval", expressions=[zero, zero, zero, *node.expressions])
    return node


_RULES: tuple[Callable[[exp.Expr], exp.Expr], ...] = (
    _replaced_star,
    _asof_join,
    _hint,
    _qualified_star,
    _digest,
    _functions,
)
