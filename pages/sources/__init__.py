"""A workspace's sources, `/w/<slug>/sources`.

The use cases are `dashapp/sources/`."""
