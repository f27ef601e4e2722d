from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('handrail', '0003_words_gone')]

    initial = False

    operations = [
        ops.AddField(model_name='DeliveryRow', name='seen', field=fields.CharField(null=True, max_length=255)),
        ops.AddField(model_name='ThreadRow', name='read_to', field=fields.CharField(null=True, max_length=255)),
        ops.AddField(model_name='ThreadRow', name='read_at', field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
    ]
