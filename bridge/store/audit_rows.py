"""Audited acts ↔ rows."""

from bridge.domain.audit import Audited
from bridge.store.bulk import Values
from bridge.store.keeping_models import AuditRow
from bridge.store.models import EXTERNAL, NAME


def audit_row(audited: Audited) -> Values:
    return {
        "at": audited.at,
        "actor": audited.actor[:NAME],
        "via": audited.via,
        "action": audited.action,
        "object": audited.object[:EXTERNAL],
        "body": dict(audited.facts),
    }


def to_audited(row: AuditRow) -> Audited:
    return Audited(at=row.at, actor=row.actor, via=row.via, action=row.action, object=row.object, facts=row.body)
