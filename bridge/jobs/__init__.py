"""The clock's shore: sweeps that look what is due, and tell the desk."""

from bridge.jobs.jobs import Jobs

__all__ = ["Jobs"]
