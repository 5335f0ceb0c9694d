"""The campaigns of a workspace: their list, the report of one, and sharing it by mail.

The report's HTML is `dashapp/campaigns/`.
"""
