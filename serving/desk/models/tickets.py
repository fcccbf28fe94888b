"""Tickets and their tweets, problems, notes, events, corrections, routing versions."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from serving.desk.models.columns import KEY, one_of, user
from serving.desk.states import CorrectedField, EventKind, Priority, State, TweetRole


class Problem(models.Model):
    """One cause of many tickets: near-identical texts of many authors, or tickets that an agent linked."""

    brand = models.CharField(max_length=64)
    problem_key = models.CharField(max_length=KEY, null=True, unique=True, help_text="of the candidates; null: by hand")
    title = models.CharField(max_length=200, blank=True)
    state = one_of(State, default=State.OPEN.value)
    created_at = models.DateTimeField(default=timezone.now)
    solved_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["brand", "state"])]


class RoutingVersion(models.Model):
    """The routing of a brand (conf/brand/routing.py) as somebody saved it; the highest version applies. Only added."""

    brand = models.CharField(max_length=64)
    version = models.PositiveIntegerField()
    document = models.JSONField()
    comment = models.CharField(max_length=200, blank=True)
    created_by = user("routing_versions")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brand", "version"], name="routing_version_once")]


class Ticket(models.Model):
    """A conversation that somebody works on.

    `category` is the brand's own name of it. The clock of the first response runs from `clock_started_at` to
    `answered_at`, which is null while an answer is owed; reopening starts it again. `first_response_at` never changes,
    and `breached_at` outlives a reopening.
    """

    brand = models.CharField(max_length=64)
    ticket_key = models.CharField(max_length=KEY, unique=True, help_text="the key by which help desks know it")
    conversation_key = models.CharField(max_length=KEY)
    follow_up = models.PositiveSmallIntegerField(default=0, help_text="1, 2 …: the conversation's ticket was closed")
    problem = models.ForeignKey(Problem, null=True, on_delete=models.SET_NULL, related_name="tickets")

    state = one_of(State, default=State.NEW.value)
    priority = one_of(Priority)
    category = models.CharField(max_length=64, blank=True)
    is_complaint = models.BooleanField(default=True, help_text="false: an agent corrected the model")
    lang = models.CharField(max_length=16, blank=True)
    followers_count = models.BigIntegerField(default=0)
    sentiment_score = models.FloatField(null=True)
    complaint_score = models.FloatField(null=True)

    team = models.CharField(max_length=64)
    rule = models.CharField(max_length=64, blank=True, help_text="the routing rule that chose the team")
    routing_version = models.PositiveIntegerField(default=0, help_text="0: the brand's file")
    assignee = user("assigned_tickets")

    opened_at = models.DateTimeField(help_text="when the first complaint reached us")
    clock_started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    first_response_at = models.DateTimeField(null=True)
    is_breached = models.BooleanField(default=False)
    breached_at = models.DateTimeField(null=True)
    escalated_at = models.DateTimeField(null=True)
    solved_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    reopened_count = models.PositiveSmallIntegerField(default=0)
    updated_at = models.DateTimeField(default=timezone.now)
    revision = models.PositiveIntegerField(default=0, help_text="raised by each change: two agents notice each other")

    remote_system = models.CharField(max_length=24, blank=True)
    remote_id = models.CharField(max_length=128, blank=True)
    remote_status = models.CharField(max_length=32, blank=True)
    remote_seen_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation_key", "follow_up"], name="ticket_once")]
        indexes = [
            models.Index(fields=["brand", "state", "priority", "due_at"]),
            models.Index(fields=["brand", "team", "state", "due_at"]),
            models.Index(fields=["due_at"], condition=Q(answered_at=None, is_breached=False), name="desk_clocks"),
            models.Index(fields=["remote_id"], condition=~Q(remote_id=""), name="desk_remote"),
        ]

    @property
    def is_erased(self) -> bool:
        """Nothing of it is left: the help desk deletes the whole ticket, and nothing is added to it any more."""
        return not self.comments.filter(erased_at=None).exists()


class Comment(models.Model):
    """A tweet of a conversation: exactly one row per candidate. `ticket` is null while no complaint opened one.

    Erased: `tweet_id`, `replied_to_id`, `author_key`, `text`, `text_hash` and `region` are empty, `followers_count`
    is 0 and `erased_at` is set.
    """

    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.CASCADE, related_name="comments")
    brand = models.CharField(max_length=64)
    conversation_key = models.CharField(max_length=KEY, db_index=True)
    candidate_key = models.CharField(max_length=KEY, db_index=True)
    tweet_id = models.CharField(max_length=32, blank=True)
    tweet_key = models.CharField(max_length=KEY, db_index=True, help_text="HMAC of tweet_id; outlives it")
    author_key = models.CharField(max_length=KEY, blank=True, db_index=True)
    role = one_of(TweetRole)
    is_original = models.BooleanField(default=False, help_text="the tweet that opened the ticket")
    replied_to_id = models.CharField(max_length=32, blank=True)
    text = models.TextField(blank=True, help_text="masked")
    region = models.CharField(max_length=2, blank=True, help_text="country of its place")
    text_hash = models.CharField(max_length=KEY, blank=True)
    lang = models.CharField(max_length=16, blank=True)
    category = models.CharField(max_length=64, blank=True, help_text="the common category, as the model chose it")
    sentiment_score = models.FloatField(null=True)
    complaint_score = models.FloatField(null=True)
    followers_count = models.BigIntegerField(default=0)
    model_version = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(help_text="when it was written on X")
    received_at = models.DateTimeField(help_text="its Kafka timestamp")
    taken_in_at = models.DateTimeField(default=timezone.now)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["brand", "tweet_key"], name="comment_once"),
            models.UniqueConstraint(fields=["brand", "tweet_id"], condition=~Q(tweet_id=""), name="comment_tweet_once"),
        ]


class Note(models.Model):
    """What an agent wrote for colleagues."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="notes")
    author = user("notes")
    text = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["created_at", "id"]


class Event(models.Model):
    """What happened to a ticket, as in gold.ticket_events. Rows are only added; archive_desk sets `archived_at`."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="events")
    event_key = models.CharField(max_length=KEY, unique=True)
    brand = models.CharField(max_length=64)
    kind = one_of(EventKind)
    from_value = models.CharField(max_length=128, blank=True)
    to_value = models.CharField(max_length=128, blank=True)
    actor = user("ticket_events")
    actor_role = models.CharField(max_length=16, blank=True, help_text="agent, approver, admin; system")
    team = models.CharField(max_length=64, blank=True)
    priority = models.CharField(max_length=2, blank=True)
    category = models.CharField(max_length=64, blank=True)
    occurred_at = models.DateTimeField(default=timezone.now)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["occurred_at", "id"]
        indexes = [models.Index(fields=["id"], condition=Q(archived_at=None), name="desk_events_to_archive")]


class Correction(models.Model):
    """What an agent corrected, as in gold.feedback; archive_desk sets `archived_at`."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="corrections")
    feedback_key = models.CharField(max_length=KEY, unique=True)
    brand = models.CharField(max_length=64)
    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="corrections")
    field = one_of(CorrectedField)
    from_value = models.CharField(max_length=64, blank=True)
    to_value = models.CharField(max_length=64, blank=True)
    actor = user("corrections")
    corrected_at = models.DateTimeField(default=timezone.now)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["corrected_at", "id"]
        indexes = [models.Index(fields=["id"], condition=Q(archived_at=None), name="desk_feedback_to_archive")]
