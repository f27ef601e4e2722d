"""What the middle asks of the outside, where two real implementations exist."""
