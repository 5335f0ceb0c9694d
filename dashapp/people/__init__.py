"""One person's own account: sign-up, password and e-mail, second factors, sessions, identity providers, API keys.

What people may do in agencies and workspaces is in `dashapp.agencies` and `dashapp.access`; pages in `pages`."""
