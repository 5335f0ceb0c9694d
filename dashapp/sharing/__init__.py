"""Share links (out) and webhook sources (in): plain functions over a session, no web."""
