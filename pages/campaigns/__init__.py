"""The report of one campaign, and sharing it by mail.

The report's HTML is `dashapp/campaigns/`; the list of campaigns is another page.
"""
