# The positions of events. What was recorded before gets its position when the events are read first.

import django.db.models.deletion
from django.db import migrations, models


def enter(apps, schema_editor):
    """Let every entry that is there wait for its position."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("INSERT INTO agreements_eventposition (entry_id) SELECT id FROM agreements_entry")


class Migration(migrations.Migration):

    dependencies = [
        ('agreements', '0009_kept_answers'),
    ]

    operations = [
        migrations.CreateModel(
            name='EventHead',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('last', models.BigIntegerField(default=0, verbose_name='last position')),
            ],
            options={
                'verbose_name': 'last position of the events',
                'verbose_name_plural': 'last position of the events',
            },
        ),
        migrations.CreateModel(
            name='EventPosition',
            fields=[
                ('entry', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='event', serialize=False, to='agreements.entry', verbose_name='journal entry')),
                ('position', models.BigIntegerField(null=True, unique=True, verbose_name='position among the events')),
            ],
            options={
                'verbose_name': 'position of an event',
                'verbose_name_plural': 'positions of events',
                'indexes': [models.Index(condition=models.Q(('position__isnull', True)), fields=['entry'], name='event_without_position')],
            },
        ),
        migrations.RunPython(enter, migrations.RunPython.noop),
    ]
