"""Sample texts on the pages of a topic and of an incident: masked, for some roles, each read in the audit log."""

from django.http import HttpRequest

from pipelines.sources.lake_tweets import Sampled, read_sample_texts
from serving.accounts.audit import record
from serving.accounts.roles import Scope
from serving.dashboard.memory import Content
from serving.dashboard.page import brandpulse, may

ACTION = "texts.read"


def texts_of(request: HttpRequest, sampled: Sampled | None, subject: str) -> Content:
    """`may_read_texts`, and `texts` once they were asked for; the read is recorded before it is made."""
    if sampled is None or not may(request, Scope.TEXTS_READ, sampled.brand):
        return {"may_read_texts": False}
    if request.GET.get("texts") != "show":
        return {"may_read_texts": True, "texts": None}
    record(request, ACTION, sampled.brand, subject, purpose=subject)
    return {"may_read_texts": True, "texts": read_sample_texts(brandpulse(), sampled)}
