"""One person at a time: who occurs in new segments, what the marts say of them, all that ever happened to them.

Answers over many people are `data/answers/`; what is edited by hand is not of the lake (`dashapp/crm/`)."""
