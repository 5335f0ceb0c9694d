"""What clients asked about tiles in their portals, and the answers."""
