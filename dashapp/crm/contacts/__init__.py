"""Contacts: who may change them, their fields, one at a time or many at once, notes and consents."""

from dashapp.crm.contacts.actor import NO_CONTACT, Actor, Stale, contact_by_key, contact_of, keys_of
from dashapp.crm.contacts.bulk import KEPT_DELETED, MOST_AT_ONCE, bulk, purge, remove, restore, undo
from dashapp.crm.contacts.consent import (
    LONGEST_NOTE,
    add_note,
    consents_of,
    notes_of,
    require_contactable,
    set_consent,
)
from dashapp.crm.contacts.editing import (
    companies_named,
    company_named,
    create,
    edit,
    history_of,
    refresh_search,
    value_of,
)
from dashapp.crm.contacts.values import (
    EDITABLE,
    LONGEST_TEXT,
    MOST_TAGS,
    checked,
    require_not_erased,
)

__all__ = [
    "EDITABLE",
    "KEPT_DELETED",
    "LONGEST_NOTE",
    "LONGEST_TEXT",
    "MOST_AT_ONCE",
    "MOST_TAGS",
    "NO_CONTACT",
    "Actor",
    "Stale",
    "add_note",
    "bulk",
    "checked",
    "companies_named",
    "company_named",
    "consents_of",
    "contact_by_key",
    "contact_of",
    "create",
    "edit",
    "history_of",
    "keys_of",
    "notes_of",
    "purge",
    "refresh_search",
    "remove",
    "require_contactable",
    "require_not_erased",
    "restore",
    "set_consent",
    "undo",
    "value_of",
]
