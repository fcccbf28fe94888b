"""Examples of tickets, problems and the desk report, for the OpenAPI document."""

from serving.accounts.roles import Role

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
