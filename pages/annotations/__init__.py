"""Notes on days of a workspace, and a form for another one."""
