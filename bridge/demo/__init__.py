"""A small shop bot with a webchat page: Handrail's reference client. It speaks HTTP like any other bot."""
