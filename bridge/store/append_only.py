"""Rows of the audit stand: the database refuses to change or delete one, whoever asks."""

from tortoise.migrations.schema_editor import BaseSchemaEditor
from tortoise.migrations.schema_generator.state_apps import StateApps

_SQLITE = (
    """
    CREATE TRIGGER audit_never_changed BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END
    """,
    """
    CREATE TRIGGER audit_never_deleted BEFORE DELETE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END
    """,
)
_POSTGRES = (
    """
    CREATE FUNCTION audit_stands() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the audit is append-only'; END $$
    """,
    """
    CREATE TRIGGER audit_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_stands()
    """,
)


async def guard_audit(_apps: StateApps, editor: BaseSchemaEditor) -> None:
    """A step of a migration."""
    connection = editor.client
    for statement in _SQLITE if connection.capabilities.dialect == "sqlite" else _POSTGRES:
        await connection.execute_query(statement)
