"""Outbox → shores: in order per ticket, at each destination's pace, looked up where the outcome is in doubt."""
