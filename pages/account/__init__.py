"""The account of a workspace, `/w/<slug>/account`: plan, people, sources, links, and who manages it."""
