"""Use cases: what a decision needs, then the writer. One door for every event."""
