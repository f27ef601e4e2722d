"""Where everything is kept. Tortoise lives here and nowhere else; what goes in and out are domain records."""

from bridge.store.database import migrate
from bridge.store.store import Store

__all__ = ["Store", "migrate"]
