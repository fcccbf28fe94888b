"""Fields of published documents: every column is there, and may be null unless it is a key."""

from datetime import date, datetime
from typing import Any

from rest_framework import serializers


def numbers(*names: str) -> dict[str, serializers.Field]:
    return {name: serializers.FloatField(allow_null=True) for name in names}


def counts(*names: str) -> dict[str, serializers.Field]:
    return {name: serializers.IntegerField(allow_null=True) for name in names}


def texts(*names: str) -> dict[str, serializers.Field]:
    return {name: serializers.CharField(allow_null=True) for name in names}


def keys(*names: str) -> dict[str, serializers.Field]:
    return {name: serializers.CharField() for name in names}


def flags(*names: str) -> dict[str, serializers.Field]:
    return {name: serializers.BooleanField(allow_null=True) for name in names}


def times(*names: str) -> dict[str, serializers.Field]:
    return {name: serializers.DateTimeField(allow_null=True) for name in names}


class Day(serializers.DateField):
    """A day, which the store has as text or as midnight."""

    def to_representation(self, value: Any) -> Any:
        given: date | str = value.date() if isinstance(value, datetime) else value
        return super().to_representation(given)


class NamedShare(serializers.Serializer):
    name = serializers.CharField()
    share = serializers.FloatField()


def schema(name: str, fields: dict[str, serializers.Field], doc: str) -> type[serializers.Serializer]:
    """A serializer of these fields, under that name in the OpenAPI document."""
    return type(name, (serializers.Serializer,), fields | {"__doc__": doc})
