"""An agency's templates, `/analytics`.

How a template reaches workspaces is `dashapp/views/`."""
