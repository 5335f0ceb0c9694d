"""A workspace’s dashboard, `/w/<slug>`: its tiles, its filters, its help."""
