from django.db import migrations, models

from agreements.migrating import AddIndexInUse


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('agreements', '0033_line_of_steps'),
    ]

    operations = [
        AddIndexInUse(
            model_name='agreement',
            index=models.Index(
                fields=[
                    'is_void',
                    'level',
                    'stage',
                    'kind',
                    'procedure_version',
                    'lead_unit',
                    'on_hold',
                    'since_latest',
                    'id',
                ],
                name='agreement_counted',
            ),
        ),
    ]
