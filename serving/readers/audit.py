"""Who wrote, and who read data about persons?"""

from django.db.models import QuerySet

from serving.accounts.models import AuditEntry
from serving.accounts.roles import EVERY_BRAND


def visible(brands: set[str]) -> QuerySet:
    """The entries of these brands; with EVERY_BRAND also those of accounts and sessions."""
    return AuditEntry.objects.all() if EVERY_BRAND in brands else AuditEntry.objects.filter(brand__in=brands)
