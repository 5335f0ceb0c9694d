"""Wiring of `pages/drilldown/`.

No thinking happens here."""
