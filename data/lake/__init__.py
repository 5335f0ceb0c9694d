"""Where files are kept and which of them count: stores, segments, the manifest, publishing.

What the files of marts hold is `data/marts/`."""
