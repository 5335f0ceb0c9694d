"""Deals: a stage, a value, an owner, an expected close, fields of the workspace's own; with their history."""

from dashapp.crm.deals.editing import create, edit, history_of, purge, remove, restore, update
from dashapp.crm.deals.reading import NO_DEAL, ON_BOARD, PAGE, Stage, board, deal_of, deals
from dashapp.crm.deals.values import MOST_VALUE, OWN, cents_of, text_of_value, value_of

__all__ = [
    "MOST_VALUE",
    "NO_DEAL",
    "ON_BOARD",
    "OWN",
    "PAGE",
    "Stage",
    "board",
    "cents_of",
    "create",
    "deal_of",
    "deals",
    "edit",
    "history_of",
    "purge",
    "remove",
    "restore",
    "text_of_value",
    "update",
    "value_of",
]
