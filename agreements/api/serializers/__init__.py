"""Serializers: those that read are named after what they show, those that write after what they do."""
