"""The HTTP surface that is neither desk nor portal: the gate, headers, log-in, webhooks, health, files."""
