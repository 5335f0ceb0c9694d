"""People, companies and deals of a workspace: what may be changed by hand, and what happened to each person.

What happened lives in the lake (`data/people/` reads it); pages and their HTML are `pages/contacts/`."""
