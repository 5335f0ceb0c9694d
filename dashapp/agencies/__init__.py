"""Agencies, workspaces and people: plain functions over a session, no web."""
