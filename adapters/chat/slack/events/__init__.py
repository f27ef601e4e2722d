"""Slack's events → ours. Pure: what must be asked of Slack first is named by `people_in…` and given as `Known`."""
