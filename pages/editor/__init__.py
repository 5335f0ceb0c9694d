"""Editing a view where it is shown.

The use cases behind it are `dashapp/views/editing/`."""
