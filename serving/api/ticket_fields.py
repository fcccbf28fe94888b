"""What tickets, problems and the desk report look like in the API, with examples."""

from rest_framework import serializers

from serving.accounts.roles import Role
from serving.api.fields import counts, flags, numbers, schema, texts, times
from serving.api.published import Query
from serving.desk.actions import ACTIONS
from serving.desk.readers.queue import CHOICES, MOST_ROWS
from serving.desk.states import Priority

MOST_ID, LONGEST_DAYS, LONGEST_VALUE = 2**63 - 1, 730, 4000
CURSOR = r"^[01]~[0-9T:.+-]{19,40}~[0-9]{1,18}$"
NAME_LENGTH = 64
PRIORITIES = [str(each) for each in Priority]


class Lookup(serializers.Serializer):
    id = serializers.IntegerField()
    title = serializers.CharField(allow_blank=True)


_TICKET = {
    "id": serializers.IntegerField(),
    "brand": serializers.CharField(),
    "state": serializers.CharField(),
    "priority": serializers.ChoiceField(PRIORITIES),
    **{name: serializers.CharField(allow_blank=True) for name in ("category", "team", "rule", "lang", "text")},
    **texts("assignee"),
    **flags("is_complaint", "is_breached", "is_running"),
    **counts("followers_count", "tweet_count", "reopened_count", "revision"),
    **numbers("sentiment_score"),
    **times("opened_at", "due_at", "answered_at", "first_response_at", "solved_at", "updated_at"),
    "problem": Lookup(allow_null=True),
}
TicketRow = schema(
    "Ticket",
    dict(_TICKET),
    "A ticket. `is_running`: an answer is owed, by `due_at`; `text` is masked, and empty once it is erased.",
)
Tweet = schema(
    "TicketTweet",
    {
        "role": serializers.CharField(),
        "text": serializers.CharField(allow_blank=True),
        **texts("tweet_id"),
        **flags("is_original"),
        **{name: serializers.CharField(allow_blank=True) for name in ("lang", "category")},
        **numbers("sentiment_score", "complaint_score"),
        **times("created_at", "erased_at"),
    },
    "A tweet of the conversation; role: complaint, comment, brand_reply or original.",
)
Note = schema("TicketNote", texts("author", "text") | times("created_at"), "What an agent wrote for colleagues.")
Event = schema(
    "TicketEvent",
    texts("kind", "from_value", "to_value", "actor", "actor_role", "team") | times("occurred_at"),
    "What happened to the ticket.",
)
Remote = schema("RemoteTicket", texts("system", "id", "status"), "The ticket at the help desk, if there is one.")
WholeTicket = schema(
    "WholeTicket",
    {
        **_TICKET,
        "tweets": Tweet(many=True),
        "notes": Note(many=True),
        "events": Event(many=True),
        "remote": Remote(),
    },
    "A ticket with all that belongs to it, the oldest first.",
)


class TicketQuery(Query):
    state = serializers.ChoiceField(list(CHOICES), default="active", help_text="active: new, open or pending")
    team = serializers.CharField(max_length=NAME_LENGTH, required=False)
    category = serializers.CharField(max_length=NAME_LENGTH, required=False)
    priority = serializers.ChoiceField(PRIORITIES, required=False)
    problem = serializers.IntegerField(min_value=1, max_value=MOST_ID, required=False, help_text="a problem's id")
    limit = serializers.IntegerField(min_value=1, max_value=200, default=MOST_ROWS, help_text="rows per page")
    cursor = serializers.RegexField(CURSOR, required=False, help_text="of `next` of the page before")


class TicketPage(serializers.Serializer):
    data = TicketRow(many=True)
    next = serializers.CharField(allow_null=True, help_text="path of the next page, null on the last")


class ChangeRequest(serializers.Serializer):
    """`value`: a user's id, `me` or nothing to assign; a state, team, category, priority, `yes` or `no` for complaint,
    the text of a note, a problem's id, the title of a new problem."""

    action = serializers.ChoiceField(list(ACTIONS))
    value = serializers.CharField(max_length=LONGEST_VALUE, allow_blank=True, default="")
    revision = serializers.IntegerField(
        min_value=0, max_value=2**31 - 1, required=False, help_text="as you saw it: 409 if it has changed since"
    )


class Changed(serializers.Serializer):
    done = serializers.CharField()
    ticket = WholeTicket()


Detail = schema("TicketDetail", texts("kind", "text"), "As the author wrote it, before masking.")


class Details(serializers.Serializer):
    data = Detail(many=True)


class ProblemQuery(Query):
    state = serializers.ChoiceField(["open", "solved"], default="open")


ProblemRow = schema(
    "Problem",
    {
        "id": serializers.IntegerField(),
        "title": serializers.CharField(allow_blank=True),
        "state": serializers.CharField(),
        **counts("ticket_count", "active_count", "owed_count", "breached_count"),
        **times("created_at", "solved_at", "first_at", "last_at", "due_at"),
    },
    "One cause of many tickets. `due_at`: when the first of the answers owed is due.",
)


class ProblemList(serializers.Serializer):
    data = ProblemRow(many=True)


class ReportQuery(Query):
    days = serializers.IntegerField(min_value=1, max_value=LONGEST_DAYS, default=28, help_text="today is the last")


_FIGURES = {
    **counts("ticket_count", "answered_count", "breached_count", "active_count", "reopened_count"),
    **numbers("response_p50", "response_p90", "breached_share"),
}
Figures = schema("DeskFigures", dict(_FIGURES), "First responses in minutes: median and 90th percentile.")
Group = schema(
    "DeskGroup", {"name": serializers.CharField(allow_blank=True), **_FIGURES}, "The figures of one value of a column."
)
Day = schema(
    "DeskDay",
    {"day": serializers.DateField(), **counts("opened_count", "solved_count", "breached_count")},
    "By the day on which it happened, UTC.",
)
CorrectedField = schema("CorrectedField", texts("name") | counts("count"), "Tickets in which the field was corrected.")
CorrectedPair = schema("CorrectedPair", texts("field", "from_value", "to_value") | counts("number"), "One correction.")
Corrections = schema(
    "Corrections",
    {"fields": CorrectedField(many=True), "pairs": CorrectedPair(many=True), **counts("ticket_count")},
    "What agents corrected of what the models decided.",
)
Report = schema(
    "DeskReport",
    {
        "from": serializers.DateTimeField(),
        "to": serializers.DateTimeField(),
        "total": Figures(),
        "days": Day(many=True),
        **{name: Group(many=True) for name in ("priority", "team", "category")},
        "corrections": Corrections(),
        **counts("waiting"),
    },
    "Of the tickets opened from `from` to before `to`; `waiting`: how many are owed an answer now.",
)
AT = "2026-05-04T12:00:00Z"
TICKET_EXAMPLE = {
    "id": 2041,
    "brand": "skyvarn",
    "state": "open",
    "priority": "P1",
    "category": "disruption",
    "team": "customer care",
    "rule": "",
    "lang": "en",
    "text": "Stuck at the gate @user",
    "assignee": "ann",
    "is_complaint": True,
    "is_breached": False,
    "is_running": True,
    "followers_count": 38,
    "tweet_count": 2,
    "reopened_count": 0,
    "revision": 3,
    "sentiment_score": 0.08,
    "opened_at": AT,
    "due_at": AT,
    **dict.fromkeys(("answered_at", "first_response_at", "solved_at")),
    "updated_at": AT,
    "problem": {"id": 7, "title": "Gate delays"},
}
_TWEET_EXAMPLE = {
    "role": "complaint",
    "text": "Stuck at the gate @user",
    "tweet_id": "1900000000000000001",
    "is_original": True,
    "lang": "en",
    "category": "delay",
    "sentiment_score": 0.08,
    "complaint_score": 0.97,
    "created_at": AT,
    "erased_at": None,
}
_EVENT_EXAMPLE = {
    "kind": "assigned",
    "from_value": "",
    "to_value": "3",
    "actor": "ann",
    "actor_role": Role.AGENT.value,
    "team": "customer care",
    "occurred_at": AT,
}
WHOLE_EXAMPLE = TICKET_EXAMPLE | {
    "tweets": [_TWEET_EXAMPLE],
    "notes": [{"author": "ann", "text": "Called the gate.", "created_at": AT}],
    "events": [_EVENT_EXAMPLE],
    "remote": {"system": "", "id": "", "status": ""},
}
CHANGE_EXAMPLE = {"done": "Assigned to ann.", "ticket": WHOLE_EXAMPLE}
DETAILS_EXAMPLE = {"data": [{"kind": "booking", "text": "QX7PLM"}]}
PROBLEM_EXAMPLE = {
    "id": 7,
    "title": "Gate delays",
    "state": "open",
    "ticket_count": 46,
    "active_count": 31,
    "owed_count": 20,
    "breached_count": 2,
    "created_at": AT,
    "solved_at": None,
    "first_at": AT,
    "last_at": AT,
    "due_at": AT,
}
_FIGURES_EXAMPLE = {
    "ticket_count": 210,
    "answered_count": 190,
    "breached_count": 4,
    "active_count": 12,
    "reopened_count": 9,
    "response_p50": 11.5,
    "response_p90": 38.0,
    "breached_share": 0.02,
}
REPORT_EXAMPLE = {
    "from": AT,
    "to": AT,
    "total": _FIGURES_EXAMPLE,
    "waiting": 8,
    "days": [{"day": "2026-05-04", "opened_count": 9, "solved_count": 8, "breached_count": 0}],
    "priority": [{"name": "P1", **_FIGURES_EXAMPLE}],
    **{name: [] for name in ("team", "category")},
    "corrections": {
        "fields": [{"name": "category", "count": 6}],
        "pairs": [{"field": "category", "from_value": "delay", "to_value": "baggage", "number": 3}],
        "ticket_count": 210,
    },
}
