import agreements.models.base
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("agreements", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="agreement",
            name="clause",
            field=agreements.models.base.ClauseField(
                blank=True,
                help_text="The rule by which the agreement enters into force, in the form described in docs/clauses.md.",
                null=True,
                verbose_name="entry-into-force clause as data",
            ),
        ),
        *(
            migrations.AddField(
                model_name="agreement",
                name=f"clause_text_{code}",
                field=models.TextField(
                    blank=True, default="", max_length=4000, verbose_name=f"entry-into-force clause in {language}"
                ),
                preserve_default=False,
            )
            for code, language in (("en", "English"), ("ru", "Russian"), ("kk", "Kazakh"))
        ),
        migrations.AddField(
            model_name="agreement",
            name="computed_entry",
            field=agreements.models.base.FuzzyDateField(
                default="", editable=False, verbose_name="entry into force by the clause"
            ),
            preserve_default=False,
        ),
    ]
