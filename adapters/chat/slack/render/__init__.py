"""Our neutral things → Slack's blocks. Pure. Words of people stand only where Slack reads no markup in them."""
