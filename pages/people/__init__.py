"""Teams and permissions of a workspace or an agency."""
