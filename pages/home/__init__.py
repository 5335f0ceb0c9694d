"""The agency's home, `/`: one row a workspace.

A workspace's own pages are its neighbours."""
