"""Tables of Django's database about alerts: what people did with them, versions of rules, names of topics, and what
was sent about them.

Rows are only ever added: the newest of an alert, a rule or a topic counts. `raise_alerts` reads the rules by SQL.
"""

from typing import Any

from django.db import models
from django.utils import timezone

from conf.brand.alert_rules import COMPARISONS, FIGURES, Rule


class Added(models.Model):
    """Who added the row, and when."""

    added_at = models.DateTimeField(default=timezone.now)
    added_by = models.CharField(max_length=150)

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("a row is never changed: add the next version")
        super().save(*args, **kwargs)


class AlertAction(Added):
    """What somebody did with an alert; a snooze lasts until a time."""

    alert_id = models.CharField(max_length=16)
    brand = models.CharField(max_length=64)
    action = models.CharField(max_length=16)
    until = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["brand", "alert_id", "id"])]


class RuleVersion(Added):
    """One version of a rule of the page."""

    rule_id = models.CharField(max_length=80)
    version = models.PositiveIntegerField()
    brand = models.CharField(max_length=64)
    name = models.CharField(max_length=40)
    figure = models.CharField(max_length=16, choices=[(name, name) for name in FIGURES])
    comparison = models.CharField(max_length=8, choices=[(name, name) for name in COMPARISONS])
    threshold = models.FloatField()
    min_tweets = models.PositiveIntegerField()
    quiet_minutes = models.FloatField()
    is_enabled = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule_id", "version"], name="rule_version_once")]

    @property
    def rule(self) -> Rule:
        return Rule(**{name: getattr(self, name) for name in Rule.__annotations__})


class TopicName(Added):
    """One version of a topic's name; an empty one gives the topic its own name back."""

    brand = models.CharField(max_length=64)
    topic_id = models.CharField(max_length=12)
    version = models.PositiveIntegerField()
    name = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brand", "topic_id", "version"], name="topic_name_once")]


class AlertNotice(Added):
    """What is sent about an incident when it opens, and when it has ended: figures of gold.alerts, no text of a tweet.

    Its deliveries, one per target, are in the desk's outbox.
    """

    alert_id = models.CharField(max_length=16)
    brand = models.CharField(max_length=64)
    event = models.CharField(max_length=8, choices=[("opened", "opened"), ("ended", "ended")])
    facts = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["alert_id", "event"], name="notice_once")]
