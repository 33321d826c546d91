from django.db import migrations, models

from agreements.migrating import AddUniqueInUse, RemoveUniqueInUse


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('agreements', '0029_mistaken_figures'),
    ]

    operations = [
        AddUniqueInUse(
            model_name='indicator',
            constraint=models.UniqueConstraint(
                condition=models.Q(('is_void', False)),
                fields=('party', 'name_en', 'period_from', 'period_until', 'source'),
                name='indicator_kept_once_a_source',
            ),
        ),
        AddUniqueInUse(
            model_name='indicator',
            constraint=models.UniqueConstraint(
                condition=models.Q(('is_void', False), ('period_from__isnull', True)),
                fields=('party', 'name_en', 'period_until', 'source'),
                name='indicator_kept_without_start_once_a_source',
            ),
        ),
        RemoveUniqueInUse(model_name='indicator', name='indicator_once_a_source'),
        RemoveUniqueInUse(model_name='indicator', name='indicator_without_start_once_a_source'),
    ]
