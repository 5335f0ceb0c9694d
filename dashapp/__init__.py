"""Vitrine: who may see which view, how it looks, and how it is served."""
