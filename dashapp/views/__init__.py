"""Views: arrangements of tiles, stored as JSON with a schema version, upgraded when read."""
