"""A workspace's own counting rules: machine rules that are switched off, spellings that count as one address.

Stored events do not change: the rules are part of the SELECT that reads them, so both figures stay available
(`engagement` human and all), and switching back restores the former figures. Marts are rebuilt when the rules
change (`mart_version.counting`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, String, bindparam, column, select, table

from data.errors import BadQuery
from data.events.addresses import mailbox
from data.events.machines import RULES, SAID_BY_SOURCE, reasons_of

#: Rules that look at more than one event (data/marts/timing.py), beside those of data/events/machines.py.
EARLY_OPENS: Final = "early_opens"
EARLY_CLICKS: Final = "early_clicks"
#: The source's own word that a machine did it.
BY_SOURCE: Final = "source"
MACHINE_RULES: Final = (*RULES, EARLY_OPENS, EARLY_CLICKS, BY_SOURCE)
#: Spellings that are one person where a workspace says so: "ann+news@…" is "ann@…"; dots in Gmail's addresses.
FOLDS: Final = ("fold_plus", "fold_dots")
#: Events of the workspace were stored before addresses were brought into one spelling on their way in
#: (data/events/addresses.py): they are read in that spelling. Set by migration 0024, by no person.
SPELLINGS: Final = "old_spellings"
_KEPT: Final = (*FOLDS, SPELLINGS)

_workspace = table("workspace", column("id"), column("counting", String))
_ASKED: Final = select(_workspace.c.id, _workspace.c.counting).where(
    _workspace.c.id.in_(bindparam("ids", expanding=True)), _workspace.c.counting != ""
)


@dataclass(frozen=True, slots=True)
class Counting:
    """`off`: rules of MACHINE_RULES that flag nothing. `folds`: of FOLDS, those in force."""

    off: frozenset[str] = field(default_factory=frozenset)
    folds: frozenset[str] = field(default_factory=frozenset)

    @property
    def text(self) -> str:
        """As it is stored: names with spaces between, "" for the defaults."""
        return " ".join(sorted(self.off) + sorted(self.folds))

    @staticmethod
    def of(text: str) -> Counting:
        """What `text` gave; names of another version of Vitrine are left out."""
        names = set(text.split())
        return Counting(frozenset(names.intersection(MACHINE_RULES)), frozenset(names.intersection(_KEPT)))

    @staticmethod
    def checked(off: Sequence[str], folds: Sequence[str]) -> Counting:
        """Of names somebody gave. Raises BadQuery for one that is none."""
        for name in [*off, *folds]:
            if name not in (*MACHINE_RULES, *FOLDS):
                raise BadQuery(
                    f"There is no rule {name[:40]!r}; there are {', '.join((*MACHINE_RULES, *FOLDS))}."
                )
        return Counting(frozenset(off) & frozenset(MACHINE_RULES), frozenset(folds) & frozenset(FOLDS))

    def keeping(self, before: Counting) -> Counting:
        """These rules, with what no person decides as it was before."""
        return Counting(self.off, self.folds | (before.folds - frozenset(FOLDS)))

    def folded(self, lead: str) -> str:
        """The address a person is known by under these rules."""
        if SPELLINGS in self.folds:
            lead = mailbox(lead)
        local, at, domain = lead.rpartition("@")
        if not at:
            return lead
        if "fold_plus" in self.folds and local.find("+") > 0:
            local = local.partition("+")[0]
        if "fold_dots" in self.folds and domain in _GMAIL:
            local, domain = local.replace(".", "") or local, _GMAIL[0]
        return f"{local}@{domain}"


DEFAULT: Final = Counting()
_GMAIL: Final = ("gmail.com", "googlemail.com")
#: Nearly every address, which has one spelling; and characters nobody sees.
_PLAIN: Final = r"[a-z0-9._%+\-]+@[a-z0-9\-]+(\.[a-z0-9\-]+)*"
_UNSEEN: Final = r"[\x{00AD}\x{200B}-\x{200F}\x{202A}-\x{202E}\x{2060}-\x{2064}\x{FEFF}]"
#: By workspace, of those that have rules of their own.
Rules = Mapping[int, Counting]
NO_RULES: Final[Rules] = {}


def rules_of(connection: Connection, workspace_ids: Sequence[int]) -> Rules:
    """The rules of these workspaces; who has the defaults is left out."""
    found = connection.execute(_ASKED, {"ids": list(workspace_ids)}) if workspace_ids else ()
    return {id_: Counting.of(text) for id_, text in found}


def machine_sql(rules: Rules) -> str:
    """Whether an event is a machine's by itself, of the columns of a segment. An open through Gmail's pictures is
    none, also where it was stored as one."""
    conditions = ["NOT (event = 'opened' AND coalesce(machine_reason LIKE '%Google_s image proxy%', false))"]
    for name in RULES:
        if whose := _whose(rules, name):
            conditions.append(
                f"NOT ({whose} AND coalesce(machine_reason IN ({_texts(reasons_of(name))}), false))"
            )
    if whose := _whose(rules, BY_SOURCE):
        known = _texts([reason for name in RULES for reason in reasons_of(name)])
        conditions.append(
            f"NOT ({whose} AND (machine_reason IS NULL OR machine_reason = '{SAID_BY_SOURCE}' "
            f"OR machine_reason NOT IN ({known})))"
        )
    return f"machine AND {' AND '.join(conditions)}"


def person_sql(rules: Rules) -> str:
    """Whether an open or click is a person's whenever it came: the source says so, or timing says nothing here."""
    said = "(NOT machine AND machine_reason IS NOT NULL)"
    for name, event in ((EARLY_OPENS, "opened"), (EARLY_CLICKS, "clicked")):
        if whose := _whose(rules, name):
            said += f" OR (event = '{event}' AND {whose})"
    return f"({said})"


def lead_sql(rules: Rules, lead: str = "lead") -> str:
    """The address of an event's person."""
    folded = lead
    if whose := _whose(rules, SPELLINGS, folds=True):
        odd = f"{whose} AND {folded} LIKE '%@%' AND NOT regexp_full_match({folded}, '{_PLAIN}')"
        folded = f"CASE WHEN {odd} THEN {_spelled_sql(folded)} ELSE {folded} END"
    if whose := _whose(rules, "fold_plus", folds=True):
        folded = (
            f"CASE WHEN {whose} AND {folded} LIKE '_%+%@%' "
            f"THEN regexp_replace({folded}, '^([^+]+)[+].*@', '\\1@') ELSE {folded} END"
        )
    if whose := _whose(rules, "fold_dots", folds=True):
        domains = " OR ".join(f"ends_with({folded}, '@{domain}')" for domain in _GMAIL)
        local = f"regexp_extract({folded}, '^(.*)@', 1)"
        folded = (
            f"CASE WHEN {whose} AND ({domains}) AND replace({local}, '.', '') <> '' "
            f"THEN replace({local}, '.', '') || '@{_GMAIL[0]}' ELSE {folded} END"
        )
    return folded


def _spelled_sql(lead: str) -> str:
    """`mailbox` in SQL, but for what only Python knows: punycode, and quotes around a local part."""
    bare = f"lower(trim(nfc_normalize(regexp_replace({lead}, '{_UNSEEN}', '', 'g'))))"
    angles = "'<([^<>]*@[^<>]*)>'"
    inside = (
        f"CASE WHEN regexp_matches({bare}, {angles}) THEN regexp_extract({bare}, {angles}, 1) ELSE {bare} END"
    )
    return f"regexp_replace(regexp_replace(trim({inside}), '^mailto:', ''), '[.,;> ]+$', '')"


def _whose(rules: Rules, name: str, *, folds: bool = False) -> str:
    """A condition: the event is of a workspace that has the rule switched off (or the fold on); "" of none."""
    ids = sorted(i for i, one in rules.items() if name in (one.folds if folds else one.off))
    return f"workspace_id IN ({', '.join(str(int(i)) for i in ids)})" if ids else ""


def _texts(texts: Sequence[str]) -> str:
    return ", ".join("'" + text.replace("'", "''") + "'" for text in texts)
