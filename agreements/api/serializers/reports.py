"""Reports in JSON: which there are."""

from rest_framework import serializers

from agreements.api.serializers.base import Reading


class ReportSerializer(Reading):
    """A status report: what it tells, what it can be asked, in which formats it comes."""

    name = serializers.CharField()
    title = serializers.CharField(help_text="In the reader’s language.")
    about = serializers.CharField(help_text="In the reader’s language.")
    parameters = serializers.ListField(child=serializers.CharField())
    formats = serializers.ListField(child=serializers.CharField())
    url = serializers.URLField()
