"""silver, gold and MongoDB -> a report on the screen and two charts, in figures read back from the stores.

A brand's day is shown only with at least K authors, and its counts are rounded (models/privacy/anonymity.py); the
number of hidden days is shown. The counts of stored and rejected tweets are for operators, and exact.
"""

from collections import Counter, defaultdict

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from rich.console import Console
from rich.table import Table as ScreenTable

from conf.brand.rules import NO_BRAND
from conf.settings import Settings
from models.privacy.anonymity import round_figures
from models.privacy.limits import K
from pipelines.sinks.charts import draw_segments, draw_sentiment
from pipelines.sources.archive.record import READER_REASONS
from pipelines.sources.lake import read_table
from pipelines.sources.mongo import read_pointer

LABELS = ("negative", "neutral", "positive")
MAX_BRANDS, MAX_DAYS = 6, 21
SCREEN_DAYS = 7
# Reasons of rejection as shown to a person.
REASONS = {
    "too_large": "larger than kafka.max_record_bytes",
    "empty": "an empty record",
    "not_an_object": "JSON, but not an object",
    "wrong_type": "a field of the wrong type",
    "not_a_tweet": "an object that is not a tweet",
    "missing_id": "no tweet id",
    "invalid_id": "an invalid tweet id",
    "missing_text": "no text",
    "text_too_long": "a text longer than X allows",
    "invalid_created_at": "a time that cannot be read",
    "missing_created_at": "no time, and an id without one",
    "created_at_out_of_range": "a time before the first tweet or in the future",
    "invalid_author_id": "an invalid author id",
    "withheld": "withheld by X: its text may be X's sentence",
    **READER_REASONS,
}


def run(spark: SparkSession, settings: Settings, console: Console) -> None:
    """Print the report and draw the charts."""
    tweets = read_table(spark, settings, "silver.tweets").persist()
    show_intake(tweets, read_table(spark, settings, "silver.rejected_tweets"), console)
    days, hidden = count_days(tweets)
    note = f"{hidden:,} days (counted per brand) had fewer than {K} authors and are hidden" if hidden else ""
    show_days(days, note, console)
    segments = read_table(spark, settings, "gold.segments").orderBy("brand", "segment_id").collect()
    show_segments([row.asDict() for row in segments], console)
    for name in ("author_profiles", "segments"):
        pointer = read_pointer(settings, name) or {}
        console.print(
            f"MongoDB serves {pointer.get('count', 0):,} documents of {name} (collection "
            f"{pointer.get('collection', 'none')})"
        )
    console.print(f"Chart: {draw_sentiment(days, note, settings.reports / 'sentiment_by_day.png')}")
    if segments:
        by_brand = defaultdict(list)
        for row in segments:
            by_brand[row["brand"]].append(
                (f"{row['segment_id']} {row['name']}", row["author_count"], row["sentiment_mean"] or 0.0)
            )
        console.print(f"Chart: {draw_segments(by_brand, settings.reports / 'segments.png')}")
    tweets.unpersist()


def count_days(tweets: DataFrame) -> tuple[dict[str, list], int]:
    """{brand: [(day, negative, neutral, positive)]} of the brands with the most tweets, and their last days.

    Days with fewer than K authors are hidden; the second value is their number.
    """
    branded = tweets.where("created_on IS NOT NULL AND sentiment IS NOT NULL").select(
        "created_on",
        "author_key",
        F.col("sentiment.label").alias("label"),
        F.explode(F.when(F.size("brands") > 0, F.col("brands")).otherwise(F.array(F.lit(NO_BRAND)))).alias("brand"),
    )
    counts = [F.count_if(F.col("label") == label).alias(label) for label in LABELS]
    cells = branded.groupBy("brand", "created_on").agg(F.count_distinct("author_key").alias("authors"), *counts)
    rows = round_figures(cells, LABELS).orderBy("created_on").collect()
    by_brand = defaultdict(list)
    for row in rows:
        if row["authors"] >= K:
            by_brand[row["brand"]].append((row["created_on"], *(row[label] for label in LABELS)))
    busiest = sorted(by_brand, key=lambda brand: -sum(sum(day[1:]) for day in by_brand[brand]))[:MAX_BRANDS]
    hidden = sum(row["authors"] < K for row in rows)
    return {brand: by_brand[brand][-MAX_DAYS:] for brand in sorted(busiest)}, hidden


def show_intake(tweets: DataFrame, rejects: DataFrame, console: Console) -> None:
    """The number of tweets by kind, and of rejected records by reason."""
    kinds = {row["kind"]: row["count"] for row in tweets.groupBy("kind").count().collect()}
    by_kind = ", ".join(f"{count:,} {kind}" for kind, count in sorted(kinds.items()))
    console.print(f"\n[bold]silver.tweets[/bold]: {sum(kinds.values()):,} tweets ({by_kind or 'none'})")
    reasons = {row["reason"]: row["count"] for row in rejects.groupBy("reason").count().orderBy("reason").collect()}
    by_reason = "; ".join(
        f"{count:,} {REASONS.get(reason, reason)}" for reason, count in Counter(reasons).most_common()
    )
    console.print(f"[bold]silver.rejected_tweets[/bold]: {sum(reasons.values()):,} records ({by_reason or 'none'})")


def show_days(days: dict[str, list], note: str, console: Console) -> None:
    """Sentiment on the last days: the share of each label over all shown brands; `note` below it."""
    totals: dict = defaultdict(lambda: [0, 0, 0])
    for points in days.values():
        for day, *counts in points:
            totals[day] = [one + other for one, other in zip(totals[day], counts, strict=True)]
    table = ScreenTable("day", "tweets", *LABELS, title="Sentiment on the last days", title_justify="left")
    for day in sorted(totals)[-SCREEN_DAYS:]:
        total = sum(totals[day])
        table.add_row(str(day), f"{total:,}", *(f"{count / max(total, 1):.0%}" for count in totals[day]))
    for column in table.columns[1:]:
        column.justify = "right"
    console.print(table if days else "No day can be shown.")
    if note:
        console.print(f"{note}.")


def show_segments(segments: list[dict], console: Console) -> None:
    """The segments of the brand with the most authors as a table; the other brands by name."""
    if not segments:
        console.print("No segments: too few authors, or none that differ.")
        return
    authors: Counter[str] = Counter()
    for row in segments:
        authors[row["brand"]] += row["author_count"]
    (brand, _), *others = authors.most_common()
    table = ScreenTable(
        "segment", "authors", "sentiment", "what to do", title=f"Segments of {brand}", title_justify="left"
    )
    for row in (each for each in segments if each["brand"] == brand):
        mean = "unknown" if row["sentiment_mean"] is None else f"{row['sentiment_mean']:.2f}"
        action = (row["recommendation"] or "").partition(":")[0]
        table.add_row(row["name"], f"{row['author_count']:,}", mean, action)
    for column in table.columns[1:3]:
        column.justify = "right"
    console.print(table)
    if others:
        console.print(f"gold.segments also has the segments of {', '.join(sorted(name for name, _ in others))}.")
