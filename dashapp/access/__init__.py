"""Who is asking, what they may do, and whose figures they may read. No web page lives here."""
