"""A workspace's analytics, `/w/<slug>/analytics`: views, controls, opened figures, PDF.

Editing a view is `pages/editor/`."""
