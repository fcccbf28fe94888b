"""The map of the document store: how an erasure reaches the documents of each published name."""

from conf.tables import Erasure

COLLECTIONS: dict[str, Erasure] = {
    "author_profiles": "author_key",
    "segments": "recomputed",
    "segment_history": "recomputed",
    "segment_events": "recomputed",
    "influencers": "author_key",
    "cascades": "author_key",
    "trends": "recomputed",
    "topics": "recomputed",
    "topic_events": "recomputed",
    "topic_trends": "recomputed",
    "cleaning_report": "recomputed",
    "alerts": "exempt",
    "live": "recomputed",
    "operations": "exempt",
}
"""In the words of conf/tables.py. The next refresh recomputes a snapshot; `live` forgets a tweet after an hour."""
