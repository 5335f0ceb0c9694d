"""The tests: a package that mirrors the source; what several folders share is in `tests/support`."""
