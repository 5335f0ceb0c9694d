"""The settings' pages, /settings/…: one's account, API keys, the audit log, billing.

What their forms do is in `dashapp/web/account`; nothing is decided here."""
