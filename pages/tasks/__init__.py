"""Tasks of a workspace, `/w/<slug>/tasks`, and the dialogs that complete them."""
