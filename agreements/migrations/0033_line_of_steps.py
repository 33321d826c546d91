from django.db import migrations, models

from agreements.migrating import AddIndexInUse


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('agreements', '0030_mistaken_figures_in_use'),
    ]

    operations = [
        AddIndexInUse(
            model_name='entry',
            index=models.Index(
                condition=models.Q(('position__isnull', False)),
                fields=['subject', '-position', 'latest', 'to_stage', 'earliest', 'precision', 'kind', 'id'],
                name='entry_line',
            ),
        ),
    ]
