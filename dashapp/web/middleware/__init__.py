"""What every request passes through: limits, deadlines, the gate, CSRF, headers, failures. No route lives here."""
