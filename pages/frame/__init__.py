"""What every desk page stands in: layout, navigation, page registry, shared parts.

No page of its own lives here."""
