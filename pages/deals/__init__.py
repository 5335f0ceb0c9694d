"""The deals of a workspace, as a table and as a board by stage.

What a deal is and how it changes: `dashapp/crm/deals.py`."""
