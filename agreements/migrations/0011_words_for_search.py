"""Words as searches compare them: kept beside documents and meetings too, and folded anew where they were kept.

On PostgreSQL an index finds them, where the role may create the extension pg_trgm (it is a trusted one) or has it.
"""

from django.db import DatabaseError, migrations, models, transaction

from agreements.folding import fold
from agreements.words import LANGUAGES

_CHUNK = 500
_TITLES = ("title_en", "title_ru", "title_kk")
_SHORT = ("short_title_en", "short_title_ru", "short_title_kk")
_INDEXED = ("agreement", "document", "task")


def fold_all(apps, schema_editor):
    """Fold the words of every row."""
    database = schema_editor.connection.alias
    files = {}
    versions = apps.get_model("agreements", "DocumentVersion").objects.using(database).order_by("document", "number")
    for document, name, giver in versions.values_list("document", "name", "received_from").iterator():
        files.setdefault(document, []).extend((name, giver))
    readings = {
        "Agreement": lambda row: (
            row.reference.replace("-", ""),
            row.reference,
            *(getattr(row, name) for name in (*_SHORT, *_TITLES)),
            row.register_number,
            row.un_number,
        ),
        "Task": lambda row: (row.title_texts.get(language, "") for language in LANGUAGES),
        "Document": lambda row: (*(getattr(row, name) for name in _TITLES), *files.get(row.pk, ())),
        "Meeting": lambda row: (
            *(getattr(row, name) for name in _TITLES),
            row.place,
            row.counterpart,
            row.counterpart_ru,
            row.counterpart_kk,
        ),
    }
    for name, texts in readings.items():
        rows = apps.get_model("agreements", name).objects.using(database)
        kept = []
        for row in rows.order_by("pk").iterator(chunk_size=_CHUNK):
            row.search_text = fold(*texts(row))
            kept.append(row)
            if len(kept) == _CHUNK:
                rows.bulk_update(kept, ["search_text"])
                kept = []
        rows.bulk_update(kept, ["search_text"])


def index(apps, schema_editor):
    """Index the words on PostgreSQL, where it can find parts of texts; elsewhere, and without the right, they are read."""
    if schema_editor.connection.vendor != "postgresql":
        return
    try:
        with transaction.atomic(schema_editor.connection.alias), schema_editor.connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            for table in _INDEXED:
                cursor.execute(
                    f"CREATE INDEX {table}_words ON agreements_{table} USING gin (search_text gin_trgm_ops)"
                )
    except DatabaseError:
        return  # searches read the column then: slower, and as right


def drop_index(apps, schema_editor):
    """Drop the indexes; the extension stays, others may use it."""
    if schema_editor.connection.vendor == "postgresql":
        for table in _INDEXED:
            schema_editor.execute(f"DROP INDEX IF EXISTS {table}_words")


class Migration(migrations.Migration):

    dependencies = [
        ('agreements', '0010_events'),
    ]

    operations = [
        migrations.AddField(
            model_name='document',
            name='search_text',
            field=models.TextField(blank=True, default='', editable=False),
        ),
        migrations.AddField(
            model_name='meeting',
            name='search_text',
            field=models.TextField(blank=True, default='', editable=False),
        ),
        migrations.AlterField(
            model_name='agreement',
            name='search_text',
            field=models.TextField(blank=True, default='', editable=False),
        ),
        migrations.RunPython(fold_all, migrations.RunPython.noop),
        migrations.RunPython(index, drop_index),
    ]
