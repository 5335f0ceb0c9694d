"""The contacts of a workspace: their list, the card of one, and the routes their script asks.

What may be changed and how is `dashapp/crm/`."""
