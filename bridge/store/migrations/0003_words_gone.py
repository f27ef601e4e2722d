from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields
from tortoise.indexes import PartialIndex

class Migration(migrations.Migration):
    dependencies = [('handrail', '0002_it_holds')]

    initial = False

    operations = [
        ops.AddField(model_name='TicketRow', name='emptied', field=fields.SmallIntField(null=True)),
        ops.AddIndex(model_name='TicketRow', index=PartialIndex(fields=['policy', 'emptied', 'closed_at'], name='tickets_emptied', condition={'state': 'closed'})),
        ops.AddField(model_name='BotRow', name='forgotten', field=fields.BigIntField(null=True)),
    ]
