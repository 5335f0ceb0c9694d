"""What people do with their own account through forms: sign up, reset, second factors, sessions, keys.

The settings' pages themselves are in `pages/settings`; here is what their forms do."""
