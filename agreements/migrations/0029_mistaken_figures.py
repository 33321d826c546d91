from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('agreements', '0032_index_of_words'),
    ]

    operations = [
        migrations.AddField(
            model_name='indicator',
            name='is_void',
            field=models.BooleanField(db_default=False, default=False, editable=False, verbose_name='recorded by mistake'),
        ),
    ]
