from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("desk", "0002_alert_deliveries")]

    operations = [
        migrations.AddField(
            model_name="intakeposition",
            name="rows",
            field=models.BigIntegerField(null=True),
        ),
    ]
