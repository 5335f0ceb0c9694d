"""Alerts on tiles: what is measured, when it is beyond its limit, who is told. No page and no job lives here."""
