"""Twelve weeks of two invented brands, as the pipeline would publish them: one has a bad Wednesday in the last week.

No chance is involved, so that a picture taken twice is the same, but for the live tile.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import ceil, pi, sin, sqrt

from conf.settings import Settings
from pipelines.sources.mongo import Document
from tests.serving import documents
from tests.serving.documents import HOURS, a_measurement, a_segment, a_segment_day, a_segment_event, a_trend

AS_OF = datetime(2026, 5, 10, 18, tzinfo=UTC)
START = datetime(2026, 2, 16, tzinfo=UTC)
DAY = timedelta(days=1)
RUN = 1_778_436_000_000
BRANDS = {"skyvarn": (2.1, 0.48, 420), "northquill": (1.3, 0.51, 290)}
"""How quickly sentiment swings, its level, and the authors per day."""
QUIET = (datetime(2026, 4, 2, tzinfo=UTC), datetime(2026, 4, 4, tzinfo=UTC))
"""Nothing was collected."""
FALL = {4: 0.17, 3: 0.11, 2: 0.06, 1: 0.05, 0: 0.03}
"""How much lower sentiment is, by days before the last."""
LANGUAGES = {"en": 0.78, "es": 0.12, "fr": 0.08}
REGIONS = {"US": 0.31, "GB": 0.14, "ES": 0.09}
SEGMENTS = {
    "Critics of delays (nights)": (640, 0.31, 0.58, 0.18, ["delay", "cancellation"]),
    "Frequent flyers with praise": (380, 0.68, 0.14, 0.31, ["service"]),
    "Occasional tweeters": (1120, 0.49, 0.33, 0.22, ["booking"]),
    "Families on holiday": (290, 0.44, 0.47, 0.07, ["baggage", "booking"]),
    "Retweeters of news": (450, 0.52, 0.12, 0.22, list[str]()),
}
"""Authors, sentiment, complaints, reach and categories of each segment."""
TOPICS = {
    "Delay, gate, hour": (0.31, 0.34, 0.71),
    "Bag, lost, claim": (0.18, 0.29, 0.8),
    "Seat, upgrade, row": (0.14, 0.58, 0.2),
    "Refund, card, fee": (0.11, 0.27, 0.74),
    "Crew, smile, flight": (0.09, 0.82, 0.04),
}
"""Share of the tweets, sentiment and complaints of each topic."""
TASKS = {"sentiment": (0.73, 0.71, 0.75), "complaint": (0.86, 0.85, 0.88), "category": (0.51, 0.5, 0.53)}


def publish(settings: Settings) -> None:
    """Everything, as one run."""
    documents.publish(settings, "trends", RUN, *trends())
    documents.publish(settings, "segments", RUN, *segments())
    documents.publish(settings, "segment_history", RUN, *history())
    documents.publish(settings, "segment_events", RUN, *events())
    documents.publish(settings, "operations", RUN, *operations())
    documents.publish(settings, "author_profiles", RUN, *map(documents.a_profile, range(1, 61)))
    documents.publish(settings, "topics", RUN, *topics())
    documents.publish(settings, "topic_trends", RUN, *topic_windows())
    documents.publish(settings, "topic_events", RUN, *topic_events())
    documents.publish(settings, "cleaning_report", RUN, *cleaning())
    documents.put_alerts(settings, *alerts())
    documents.publish(settings, "influencers", RUN, *influencers())
    documents.publish(settings, "cascades", RUN, *(documents.a_conversation(place, 40) for place in range(1, 13)))
    documents.put_live(settings, "skyvarn", per_minute=12.2, sentiment=0.45, newest_at=datetime.now(UTC))


def trends() -> Iterator[Document]:
    for brand in BRANDS:
        for window, hours in HOURS.items():
            for place in range(ceil((AS_OF - START) / timedelta(hours=hours))):
                start = START + place * timedelta(hours=hours)
                if window == "week" or not QUIET[0] <= start < QUIET[1]:
                    yield trend(brand, window, start)


def trend(brand: str, window: str, start: datetime) -> Document:
    hours = HOURS[window]
    days = [day for place in range(max(1, hours // 24)) if (day := start + place * DAY) < AS_OF]
    falls = [FALL.get((AS_OF.date() - day.date()).days, 0.0) if brand == "skyvarn" else 0.0 for day in days]
    speed, level, size = BRANDS[brand]
    waves = [0.01 * sin(day.toordinal() / 5) + 0.012 * sin(speed * day.toordinal()) for day in days]
    fall, wave = sum(falls) / len(days), sum(waves) / len(days)
    part = 1.0 if hours >= 24 else hours / 24 * (0.35 + 0.65 * max(0.0, sin((start.hour - 4) / 24 * pi)))
    authors = int((size + 3000 * fall) * len(days) * part * (0.62 if window == "week" else 1.0) / 5) * 5
    sentiment, complaints = level + wave - fall, 0.87 - level - wave + 1.1 * fall
    categories = {"delay": 0.21 + 1.6 * fall, "service": 0.24, "cancellation": 0.12, "baggage": 0.11, "billing": 0.07}
    lists = {"categories": categories, "languages": LANGUAGES, "regions": REGIONS}
    shown = {
        kind: [{"name": name, "share": round(share, 2)} for name, share in shares.items() if share * authors >= 100]
        for kind, shares in lists.items()
    }
    figures = with_ends("sentiment_mean", sentiment, 0.33, authors) | with_ends(
        "complaint_share", complaints, 0.45, authors
    )
    figures |= with_ends("negative_share", 0.8 - sentiment, 0.45, authors)
    figures |= with_ends("positive_share", sentiment - 0.22, 0.42, authors)
    figures["neutral_share"] = round(1 - figures["negative_share"] - figures["positive_share"], 2)
    hidden = authors < 100
    counts = {"tweet_count": int(1.42 * authors) + 1, "scored_author_count": None if hidden else authors}
    return a_trend(
        start, window, None if hidden else authors, brand=brand, **counts, **({} if hidden else figures | shown)
    )


def with_ends(name: str, value: float, deviation: float, authors: int) -> dict[str, float]:
    half = 1.96 * deviation / sqrt(max(authors, 1))
    return {f"{name}{end}": round(value + sign * half, 2) for end, sign in (("", 0), ("_low", -1), ("_high", 1))}


def segments() -> Iterator[Document]:
    for number, (name, (authors, sentiment, complaints, reach, categories)) in enumerate(SEGMENTS.items(), 1):
        yield a_segment(
            number,
            name=name,
            author_count=authors,
            author_share=round(authors / 2880, 2),
            tweet_count=3 * authors,
            sentiment_mean=sentiment,
            complaint_share=complaints,
            reach_share=reach,
            night_share=0.2,
            reply_share=0.3,
            favourable_voice_share=round(reach * sentiment, 2),
            model_version="3",
            top_categories=categories,
            description=f"The segment has {authors:,} authors. What sets them apart: complaint share {complaints:.2f}.",
            recommendation=f"Inform these authors: they have {reach:.0%} of the reach.",
            persona="Invented from medians: a typical member has about 200 followers.",
            change_summary="Since 2026-05-03, the number of authors rose by 25.",
        )


def history() -> Iterator[Document]:
    for number, (authors, sentiment, complaints, *_) in enumerate(SEGMENTS.values(), 1):
        for place in range(42):
            shift = 0.09 * min(1.0, place / 5) if number == 1 else 0.0
            figures = {"sentiment_mean": round(sentiment + shift, 2), "complaint_share": round(complaints - shift, 2)}
            day = AS_OF.replace(hour=0) - place * DAY
            yield a_segment_day(day, segment_id=f"s{number:02}", author_count=authors, **figures)


def events() -> Iterator[Document]:
    for run, event in ((1, "born"), (2, "kept"), (3, "kept")):
        for number in range(1, len(SEGMENTS) + 1):
            overlap = None if event == "born" else 0.8
            yield a_segment_event(run, segment_id=f"s{number:02}", event=event, member_overlap=overlap)


def topics() -> Iterator[Document]:
    for number, (name, (share, sentiment, complaints)) in enumerate(TOPICS.items(), 1):
        figures = {"tweet_share": share, "sentiment_mean": sentiment, "complaint_share": complaints}
        counts = {"author_count": int(4000 * share), "tweet_count": int(9000 * share)}
        yield documents.a_topic(number, name=name, terms=name.lower().split(", "), born_at=START, **figures, **counts)


def topic_windows() -> Iterator[Document]:
    for number, (share, sentiment, _) in enumerate(TOPICS.values(), 1):
        for place in range(83):
            start = START + place * DAY
            rise = 0.1 * max(0, place - 78) / 4 if number == 1 else 0.0
            figures: Document = {"share_of_voice": round(share + rise, 2), "sentiment_mean": round(sentiment - rise, 2)}
            yield documents.a_topic_window(start, topic_id=f"t{number:02}", tweet_count=int(300 * share), **figures)


def topic_events() -> Iterator[Document]:
    for number in range(1, len(TOPICS) + 1):
        yield documents.a_topic_event(1, topic_id=f"t{number:02}")
        yield documents.a_topic_event(2, topic_id=f"t{number:02}", event="kept", tweet_overlap=0.97)


def cleaning() -> Iterator[Document]:
    counts = {"raw": 620, "language": 60, "giveaway": 4, "promotion": 9, "retweet": 90, "copy": 31, "usable": 426}
    for place in range(28):
        for reason, count in counts.items():
            yield documents.a_cleaning_day(reason, count, AS_OF.replace(hour=0) - place * DAY)


def alerts() -> Iterator[Document]:
    kinds = ("complaint_surge", "sentiment_drop", "new_topic", "silence")
    times = {"started_at": AS_OF - 2 * DAY, "peak_at": AS_OF - 2 * DAY, "as_of": AS_OF}
    yield documents.an_alert(1, topics=["Delay, gate, hour"], ended_at=None, **times)
    for number, kind in enumerate(kinds, 2):
        times = dict.fromkeys(("started_at", "peak_at", "ended_at"), AS_OF - 5 * number * DAY) | {"as_of": AS_OF}
        yield documents.an_alert(number, kind=kind, topics=[], terms=[], **times)


def influencers() -> Iterator[Document]:
    for number in range(1, 31):
        near = [
            {"influencer_id": f"{other:020x}", "weight": other % 4, "shared_count": 3 * other}
            for other in (number % 30 + 1, (number * 7) % 30 + 1)
            if other != number
        ]
        yield documents.an_influencer(number, neighbours=near, audience_count=400, estimated_depth=1.6, h_index=9)


def operations() -> Iterator[Document]:
    ages = {
        "bronze.tweets": 2,
        "silver.tweets": 2,
        "gold.brand_trends": 14,
        "gold.segments": 190,
        "gold.model_drift": 900,
    }
    yield from (a_measurement("freshness", name, value=float(age), unit="minutes") for name, age in ages.items())
    hops = {"profile authors": 14, "summarise brands": 14, "measure drift": 900}
    for name, minutes in hops.items():
        yield a_measurement("job", name, value=float(minutes), unit="minutes", detail=f"run {RUN}")
    yield a_measurement("reconciliation", "input", value=0.0, unit="objects")
    yield a_measurement("gap", "repaired", value=6.0, unit="gaps")
    times = {"started_at": QUIET[0], "ended_at": QUIET[1]}
    yield a_measurement("collection_gap", "1", value=48.0, unit="hours", detail="stream lost: down", **times)
    yield a_measurement("reads", "stream", value=84_210.0, unit="tweets", detail="421.05 USD since 2026-05-01")
    yield a_measurement("erasure", "done", value=412.0, unit="notices")
    yield a_measurement("erasure", "due", value=7.0, unit="notices")
    yield a_measurement("erasure", "oldest due", value=3.4, unit="hours")
    yield a_measurement("model", "macro_recall", value=0.73, unit="0 to 1", detail="2026-04 on TweetEval val")
    for name, (value, low, high) in TASKS.items():
        yield a_measurement("accuracy", name, value=value, low=low, high=high, count=2000, detail="macro F1")
        yield a_measurement("calibration", name, value=0.03, unit="0 to 1")
    yield a_measurement("drift", "2026-04", value=0.13, unit="index", detail="moderate on 2026-05-09")
    for place in range(60, 0, -1):
        day = AS_OF.replace(hour=0) - place * DAY
        index, version = round(0.07 + 0.02 * sin(place / 4), 3), "2026-02" if place > 38 else "2026-04"
        times = {"started_at": day, "ended_at": day + DAY}
        yield a_measurement(
            "drift_day", f"{day:%Y-%m-%d}", value=index, unit="index", detail=version, count=420, **times
        )
