"""One file a tile type, each with a constant TILE; a new file here is a new type.

What types share is `dashapp/tiles/parts/`."""
