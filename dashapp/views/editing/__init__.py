"""Changing views: drafts, merging two editors, versions, publishing and rollout.

The form of a view and where it is stored is `dashapp/views/`."""
