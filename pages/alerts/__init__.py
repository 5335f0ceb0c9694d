"""A workspace's alerts: what is watched, how it stands, and a form for another one."""
