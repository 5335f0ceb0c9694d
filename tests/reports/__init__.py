"""Tests of dashapp/reports."""
