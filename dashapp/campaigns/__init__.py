"""The list of campaigns and the report of one, as HTML that the desk and the portal both show.

No access rule and no route lives here.
"""
