"""Reports mailed on a schedule: when, to whom, planned once, made from one snapshot, sent through the outbox.

Pages and addresses are elsewhere; how a report looks is `dashapp/reports/`.
"""
