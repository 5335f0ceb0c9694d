"""A workspace's scheduled reports: all of them, and one with its recipients and its runs.

Rules and storage are `dashapp/schedules/`.
"""
