"""Indexes for the orders in which the API gives its lists; the words of commitments as searches compare them."""

from django.db import migrations, models

from agreements.folding import fold

_TEXTS = ("text_en", "text_ru", "text_kk", "provision", "body")
_CHUNK = 500


def fold_all(apps, schema_editor):
    """Fold the words of every commitment."""
    rows = apps.get_model("agreements", "Commitment").objects.using(schema_editor.connection.alias)
    kept = []
    for row in rows.order_by("pk").iterator(chunk_size=_CHUNK):
        row.search_text = fold(*(getattr(row, name) for name in _TEXTS))
        kept.append(row)
        if len(kept) == _CHUNK:
            rows.bulk_update(kept, ["search_text"])
            kept = []
    rows.bulk_update(kept, ["search_text"])


class Migration(migrations.Migration):

    dependencies = [
        ('agreements', '0015_routines'),
    ]

    operations = [
        migrations.AddField(
            model_name='commitment',
            name='search_text',
            field=models.TextField(blank=True, default='', editable=False),
        ),
        migrations.RunPython(fold_all, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name='agreement',
            index=models.Index(fields=['since_latest', 'id'], name='agreement_since'),
        ),
        migrations.AddIndex(
            model_name='agreement',
            index=models.Index(fields=['valid_until', 'id'], name='agreement_valid_until'),
        ),
        migrations.AddIndex(
            model_name='commitment',
            index=models.Index(fields=['-changed_at', 'id'], name='commitment_changed'),
        ),
        migrations.AddIndex(
            model_name='indicator',
            index=models.Index(fields=['-period_until', 'id'], name='indicator_until'),
        ),
        migrations.AddIndex(
            model_name='indicator',
            index=models.Index(fields=['-changed_at', 'id'], name='indicator_changed'),
        ),
        migrations.AddIndex(
            model_name='meeting',
            index=models.Index(fields=['-earliest', 'id'], name='meeting_earliest'),
        ),
        migrations.AddIndex(
            model_name='meeting',
            index=models.Index(fields=['-changed_at', 'id'], name='meeting_changed'),
        ),
        migrations.AddIndex(
            model_name='party',
            index=models.Index(fields=['-changed_at', 'id'], name='party_changed'),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(fields=['due_by', 'id'], name='task_due'),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(fields=['-changed_at', 'id'], name='task_changed'),
        ),
    ]
