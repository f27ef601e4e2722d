"""Bringing the tables to this version: forward only, all steps and their record in one transaction.

Tortoise's own executor records a step after it has committed it; a process killed in between could never start again.
"""

from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.migrations.graph import MigrationKey
from tortoise.migrations.loader import MigrationLoader
from tortoise.migrations.migration import Migration
from tortoise.migrations.recorder import MigrationRecorder
from tortoise.migrations.schema_editor import AsyncpgSchemaEditor, BaseSchemaEditor, SqliteSchemaEditor
from tortoise.migrations.schema_generator.state import State
from tortoise.migrations.schema_generator.state_apps import StateApps

from bridge.crashpoint import crashpoint
from bridge.domain.errors import StoreTrouble
from bridge.store.address import APP

_TABLE = """
    CREATE TABLE IF NOT EXISTS tortoise_migrations (
        id {id} NOT NULL, app VARCHAR(255) NOT NULL, name VARCHAR(255) NOT NULL, applied_at {time} NOT NULL,
        UNIQUE (app, name)
    )
"""
_KEY = 7247001
"""Of the advisory lock: two daemons that start at once migrate one after the other."""


async def forward(connection: BaseDBAsyncClient, config: dict[str, Any]) -> list[str]:
    """Run what has not run yet, inside the connection's transaction; the names of those that ran."""
    sqlite = connection.capabilities.dialect == "sqlite"
    if not sqlite:
        await connection.execute_query("SELECT pg_advisory_xact_lock($1)", [_KEY])
    kinds = {"id": "INTEGER PRIMARY KEY AUTOINCREMENT", "time": "TIMESTAMP"}
    await connection.execute_query(
        _TABLE.format(**(kinds if sqlite else {"id": "SERIAL PRIMARY KEY", "time": "TIMESTAMPTZ"}))
    )
    recorder = MigrationRecorder(connection)
    loader = MigrationLoader(config["apps"], recorder)
    await loader.build_graph()
    state = State(models={}, apps=StateApps(default_connections={APP: connection.connection_name}))
    ran = []
    for key in _in_order(loader):
        step = loader.graph.nodes[key]
        if not isinstance(step, Migration):
            raise StoreTrouble(f"the migration {key.name} is missing from this version")
        if key in loader.applied_migrations:
            await step.apply(state, dry_run=True)
            continue
        editor: BaseSchemaEditor = SqliteSchemaEditor(connection) if sqlite else AsyncpgSchemaEditor(connection)
        await step.apply(state, schema_editor=editor)
        await recorder.record_applied(key.app_label, key.name)
        ran.append(key.name)
        crashpoint("migration.before_commit")
    return ran


def _in_order(loader: MigrationLoader) -> list[MigrationKey]:
    (last,) = loader.graph.leaf_nodes(APP)
    return list(loader.graph.forwards_plan(last))
