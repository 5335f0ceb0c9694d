"""What surrounds every desk page: layout, navigation, page registry, shared parts. No page itself lives here."""
