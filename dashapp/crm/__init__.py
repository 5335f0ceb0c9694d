"""What people of a workspace work with: contacts, companies, deals and tasks.

What happened to each person lives in the lake; pages and their HTML are `pages/contacts/` and its neighbours.
"""
