"""What runs beside the web processes: `vitrine worker`."""
