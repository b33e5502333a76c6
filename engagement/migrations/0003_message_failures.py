from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("engagement", "0002_initial")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="failures",
            field=models.PositiveSmallIntegerField(
                default=0, editable=False, help_text="Attempts that ended; the others took their worker along."
            ),
        ),
    ]
