"""Calls to the help desk and to the targets of alerts, erasures, and how far the lake was taken in."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from serving.desk.models.columns import KEY, one_of
from serving.desk.models.tickets import Comment, Ticket
from serving.desk.states import Call, DeliveryState, RemoteErasure


class Delivery(models.Model):
    """One call, made at least once with the same idempotency key. It holds no text.

    Of a ticket, to the help desk; or of an alert's notice, to `target`. Those of a ticket, or of an alert to a target,
    are made in the order of `id`: an earlier one that is waiting or dead holds up the later ones.
    """

    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.CASCADE, related_name="deliveries")
    notice = models.ForeignKey("alerts.AlertNotice", null=True, on_delete=models.CASCADE, related_name="deliveries")
    target = models.CharField(max_length=110, blank=True, help_text="`<brand>/<name>`; empty: the help desk")
    comment = models.ForeignKey(Comment, null=True, on_delete=models.CASCADE, related_name="deliveries")
    call = one_of(Call)
    idempotency_key = models.CharField(max_length=KEY, unique=True)
    state = one_of(DeliveryState, default=DeliveryState.WAITING.value)
    attempts = models.PositiveIntegerField(default=0, help_text="more than 0: the call may have arrived")
    redriven_after = models.PositiveIntegerField(default=0, help_text="attempts before the last re-drive")
    next_attempt_at = models.DateTimeField(default=timezone.now)
    claimed_by = models.CharField(max_length=64, blank=True)
    claimed_until = models.DateTimeField(null=True)
    remote_id = models.CharField(max_length=128, blank=True)
    last_error = models.CharField(max_length=200, blank=True)
    dead_reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "deliveries"
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(state="waiting"), name="desk_deliveries_due"),
            models.Index(fields=["ticket", "state"]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ticket=None, notice__isnull=False) & ~Q(target="") | Q(ticket__isnull=False, notice=None),
                name="delivery_of_one_thing",
            )
        ]

    @property
    def subject(self) -> str:
        """What it is about, for logs and lists."""
        return f"alert {self.notice.alert_id} to {self.target}" if self.notice else f"ticket {self.ticket_id}"

    @property
    def brand(self) -> str:
        return str(self.notice.brand if self.notice else self.ticket.brand)


class Erasure(models.Model):
    """A tweet to erase from the desk and the help desk: the erasure job inserts its key by SQL, the desk does the work.

    `erased_at`: when the desk's own rows were emptied; `remote`: what became of the help desk's copy.
    """

    tweet_key = models.CharField(max_length=KEY, unique=True)
    requested_at = models.DateTimeField(db_default=Now())
    erased_at = models.DateTimeField(null=True)
    comments = models.PositiveIntegerField(db_default=0, help_text="rows of desk_comment that were emptied")
    remote = one_of(RemoteErasure, db_default=RemoteErasure.WAITING.value)
    remote_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["requested_at"], condition=Q(erased_at=None), name="desk_erasures_due"),
            models.Index(fields=["erased_at"], condition=Q(remote="waiting"), name="desk_erasures_remote"),
        ]


class IntakePosition(models.Model):
    """How far a table of the lake was taken in: the last version of its change feed.

    `rows`: so many rows of that version, while the whole table is read in pieces; else null.
    """

    table = models.CharField(max_length=64, primary_key=True)
    version = models.BigIntegerField()
    rows = models.BigIntegerField(null=True)
    updated_at = models.DateTimeField(default=timezone.now)
