"""The client's portal: server-rendered pages behind a share token, without accounts and without callbacks."""
