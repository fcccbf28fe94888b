"""Erasures: the tweet's text, ids and author leave the desk, and the help desk's copy is deleted or blanked."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from serving.desk.comments import ERASED
from serving.desk.deliveries import UNFINISHED, send_deletion
from serving.desk.events import record
from serving.desk.models import Comment, Delivery, Erasure, Ticket
from serving.desk.states import Call, DeliveryState, EventKind, RemoteErasure

CHUNK = 100


def request(tweet_keys: Iterable[str], now: datetime) -> None:
    """Ask for the erasure of tweets, by their keys; asking again changes nothing."""
    rows = [
        Erasure(tweet_key=key, requested_at=now, comments=0, remote=RemoteErasure.WAITING.value)
        for key in sorted(set(tweet_keys))
    ]
    Erasure.objects.bulk_create(rows, ignore_conflicts=True)


def erase(now: datetime, can_delete: bool) -> int:
    """Carry out the erasures that were asked for; returns how many. `can_delete`: the adapter can reach the copy."""
    keys = list(Erasure.objects.filter(erased_at=None).order_by("id").values_list("tweet_key", flat=True)[:CHUNK])
    for key in keys:
        with transaction.atomic():
            _erase(key, now, can_delete)
    return len(keys)


def settle_remote(now: datetime) -> int:
    """Write down what became of the help desk's copies whose deletion was delivered; returns how many."""
    settled = 0
    for erasure in Erasure.objects.filter(remote=RemoteErasure.WAITING.value).exclude(erased_at=None):
        deletions = Delivery.objects.filter(call=Call.DELETE.value, comment__tweet_key=erasure.tweet_key)
        if deletions.filter(state__in=UNFINISHED).exists():
            continue
        given_up = deletions.filter(state=DeliveryState.DISCARDED.value).exists()
        blanked = deletions.filter(remote_id=RemoteErasure.BLANKED.value).exists()
        outcome = RemoteErasure.MANUAL if given_up else RemoteErasure.BLANKED if blanked else RemoteErasure.DELETED
        Erasure.objects.filter(pk=erasure.pk).update(remote=outcome.value, remote_at=now)
        settled += 1
    return settled


def empty(comments: "list[Comment]", now: datetime) -> None:
    """Empty what identifies somebody in rows of desk_comment."""
    for comment in comments:
        for name, value in ERASED.items():
            setattr(comment, name, value)
        comment.erased_at = now
        comment.save()


def _erase(key: str, now: datetime, can_delete: bool) -> None:
    comments = list(Comment.objects.select_for_update().filter(tweet_key=key, erased_at=None))
    empty(comments, now)
    remote = RemoteErasure.NONE
    for comment in comments:
        ticket: Ticket | None = comment.ticket
        if ticket is None:
            continue
        record(ticket, EventKind.ERASED, at=now)
        if comment.is_original:
            Ticket.objects.filter(pk=ticket.pk).update(followers_count=0)
        ticket.notes.filter(~Q(text="")).update(text="")  # a colleague may have quoted the tweet
        if not can_delete and _has_copy(comment):
            remote = RemoteErasure.MANUAL
        elif can_delete and send_deletion(ticket, comment) and remote != RemoteErasure.MANUAL:
            remote = RemoteErasure.WAITING
    Erasure.objects.filter(tweet_key=key).update(
        erased_at=now,
        comments=len(comments),
        remote=remote.value,
        remote_at=None if remote == RemoteErasure.WAITING else now,
    )


def _has_copy(comment: Comment) -> bool:
    return bool(comment.deliveries.filter(attempts__gt=0).exists())
