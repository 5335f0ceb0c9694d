"""Tests of dashapp/schedules."""
