"""Columns that several tables of the desk have."""

from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db import models

KEY = 64
"""Hexadecimal digits of an HMAC."""


def one_of(words: type[StrEnum], **options: Any) -> Any:
    """A column whose value is a word of the enumeration."""
    return models.CharField(max_length=24, choices=[(word.value, word.value) for word in words], **options)


def user(related_name: str) -> Any:
    """A person of the accounts; null for the system, and once the account is deleted."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name=related_name
    )
