"""What only the desk's pages need: the shell, icons, components, and which scripts are sent.

Tiles and the portal use none of it."""
