"""The middle of Handrail: tickets, routing, relay and delivery."""
