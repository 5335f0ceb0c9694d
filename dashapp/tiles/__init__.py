"""Tiles: one file and one template per type; `render.py` turns a view and its answers into HTML."""
