"""What Handrail knows about tickets, with no I/O, no clock and no framework."""
