from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from tortoise import fields
from tortoise.indexes import Index
from bridge.store.append_only import guard_audit

class Migration(migrations.Migration):
    dependencies = [('handrail', '0001_first')]

    initial = False

    operations = [
        ops.CreateModel(
            name='FileRow',
            fields=[
                ('id', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                ('bot', fields.CharField(null=True, max_length=255)),
                ('ticket', fields.CharField(null=True, max_length=64)),
                ('message', fields.CharField(null=True, max_length=64)),
                ('uploader', fields.CharField(max_length=255)),
                ('key', fields.CharField(null=True, unique=True, max_length=64)),
                ('state', fields.CharField(max_length=16)),
                ('name', fields.CharField(max_length=512)),
                ('content_type', fields.CharField(null=True, max_length=255)),
                ('size', fields.BigIntField(null=True)),
                ('digest', fields.CharField(null=True, max_length=64)),
                ('url', fields.TextField(null=True, unique=False)),
                ('attempts', fields.IntField(default=0)),
                ('due', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('reason', fields.TextField(null=True, unique=False)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'files', 'app': 'handrail', 'indexes': [Index(fields=['ticket'], name='files_ticket'), Index(fields=['state', 'due'], name='files_due'), Index(fields=['created_at'], name='files_created')], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='SiteKeyRow',
            fields=[
                ('name', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                ('value', fields.CharField(max_length=255)),
            ],
            options={'table': 'site_keys', 'app': 'handrail', 'pk_attr': 'name'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='AuditRow',
            fields=[
                ('ord', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('actor', fields.CharField(max_length=255)),
                ('via', fields.CharField(max_length=32)),
                ('action', fields.CharField(max_length=64)),
                ('object', fields.CharField(max_length=512)),
                ('body', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
            ],
            options={'table': 'audit', 'app': 'handrail', 'indexes': [Index(fields=['at'], name='audit_at'), Index(fields=['object'], name='audit_object')], 'pk_attr': 'ord'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='QuarantineRow',
            fields=[
                ('ord', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('key', fields.CharField(max_length=512)),
                ('scope', fields.CharField(max_length=255)),
                ('what', fields.CharField(max_length=64)),
                ('attempts', fields.IntField()),
                ('reason', fields.TextField(unique=False)),
                ('first_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('last_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'quarantine', 'app': 'handrail', 'unique_together': (('key', 'scope'),), 'pk_attr': 'ord'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ErasureRow',
            fields=[
                ('id', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                ('bot', fields.CharField(max_length=255)),
                ('user', fields.CharField(max_length=64)),
                ('person', fields.CharField(max_length=64)),
                ('state', fields.CharField(max_length=16)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('body', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
            ],
            options={'table': 'erasures', 'app': 'handrail', 'indexes': [Index(fields=['bot', 'person'], name='erasures_person')], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='AlarmRow',
            fields=[
                ('key', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=255)),
                ('what', fields.CharField(max_length=64)),
                ('since', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('told_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('ended_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('over_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('body', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
            ],
            options={'table': 'alarms', 'app': 'handrail', 'pk_attr': 'key'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='MeasuredRow',
            fields=[
                ('ord', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('hour', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('route', fields.CharField(max_length=255)),
                ('body', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
            ],
            options={'table': 'measured', 'app': 'handrail', 'unique_together': (('hour', 'route'),), 'pk_attr': 'ord'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='BudgetRow',
            fields=[
                ('name', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=255)),
                ('spent', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('blocked_until', fields.BigIntField(default=0)),
            ],
            options={'table': 'budgets', 'app': 'handrail', 'pk_attr': 'name'},
            bases=['Model'],
        ),
        ops.RunPython(guard_audit),
        ops.AddField(model_name='ThreadRow', name='watching', field=fields.BooleanField(null=True)),
        ops.AddField(
            model_name='LaneRow',
            name='paused_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(model_name='LaneRow', name='paused_by', field=fields.CharField(null=True, max_length=255)),
    ]
