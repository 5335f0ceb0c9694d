"""The marts: SQL, contracts, checks, and how their rows lie in layers of files.

Deciding what to build, and when, is `data/building/`."""
