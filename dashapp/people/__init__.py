"""One person's own account: sign-up, password and e-mail, second factors, sessions, log-ins elsewhere, API keys.

What people may do in agencies and workspaces is in `dashapp.agencies` and `dashapp.access`; pages are in `pages`."""
