from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tracking", "0002_shipment_heard_at_line_version")]

    operations = [
        migrations.AddField(
            model_name="shipment",
            name="packing",
            field=models.JSONField(
                blank=True,
                default=dict,
                editable=False,
                help_text="{the shop's id of a line: how many are in it}, as told.",
            ),
        ),
    ]
