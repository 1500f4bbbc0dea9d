"""Tables as live sinks: rows in transactions that keep their own count, so that each row is there exactly once."""
