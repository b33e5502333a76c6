from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0002_api_answers")]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="versions",
            field=models.JSONField(
                blank=True,
                default=dict,
                editable=False,
                help_text="Of each detail: the version of the message it came from.",
            ),
        ),
        migrations.RemoveField(model_name="identity", name="source_version"),
    ]
