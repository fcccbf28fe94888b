"""The tables of measured results beside their targets: all of them for docs/benchmarks.md, six for the README.

`make docs` writes them from the result files. A figure without a result file is left out.
"""

from collections.abc import Iterable

from benchmarks import attack_figures as a
from benchmarks import figures as f
from benchmarks import influence_figures as i
from benchmarks import stream_figures as s
from benchmarks import ticket_figures
from benchmarks.result_rows import Row
from benchmarks.topic_rows import TOPIC_ROWS
from runtime.resources import PROJECT

README, BENCHMARKS = PROJECT / "README.md", PROJECT / "docs" / "benchmarks.md"
FOLDS = "5 folds"

SENTIMENT = f.reaches("sentiment", macro_recall=0.75)
COMPLAINT = f.reaches("complaint", macro_f1=0.85)
HEADLINES = (
    Row(
        "Sentiment of English tweets (TweetEval val): macro recall", "accuracy", f.task("sentiment"), "0.75", SENTIMENT
    ),
    Row(f"Complaint or not: macro F1, {FOLDS}", "accuracy", f.task("complaint"), "0.85", COMPLAINT),
    Row("From Kafka to the annotated row", "freshness", s.delays, "p50 6 s, p95 10 s", s.is_fresh),
    Row("Speed of the stream, compared with the bare model", "throughput", s.throughput, "0.75", f.at_least(0.75)),
    Row(
        "Updating 1 % of 1,000,000 profiles, compared with all", "insights_scale", f.gains, "10 times", f.is_incremental
    ),
    Row(
        "People identified in published segments by an attacker who knows everybody's figures",
        "reidentification",
        a.all_attacks,
        "0",
        a.finds_nobody(*a.WORLDS),
    ),
)
ROWS = (
    Row(
        "Sentiment, TweetEval val (2,000 tweets), shipped INT8 model through Spark NLP",
        "accuracy",
        f.named_task("sentiment"),
        "0.75",
        SENTIMENT,
    ),
    Row("The same texts: baselines", "accuracy", f.baselines),
    Row("The same texts: expected calibration error", "accuracy", f.calibration, "0.03", f.is_calibrated),
    Row("The same texts: subjectivity", "accuracy", f.subjectivity),
    Row("The same texts: Spark NLP's label is that of plain onnxruntime", "accuracy", f.agreement),
    Row(
        f"Sentiment of the US Airline set, {FOLDS}",
        "accuracy",
        f.named_task("airline"),
        "0.85, macro F1 0.80",
        f.reaches("airline", accuracy=0.85, macro_f1=0.80),
    ),
    Row(
        f"Complaint or not, ASCII-folded, addresses masked, {FOLDS}",
        "accuracy",
        f.named_task("complaint"),
        "0.85",
        COMPLAINT,
    ),
    Row("The same without the random rows", "accuracy", f.named_task("complaint_to_brands")),
    Row(
        f"Negative reason of the US Airline set, 10 classes, {FOLDS}",
        "accuracy",
        f.named_task("reason"),
        "0.60",
        f.reaches("reason", macro_f1=0.60),
    ),
    Row(f"Category, 10 classes (mapped labels), {FOLDS}", "accuracy", f.named_task("category")),
    Row(
        "Tweets that become tickets where 5 % complain: recall at precision 0.7, against keyword rules",
        "complaints",
        ticket_figures.complaints,
    ),
    Row(
        "Entities through Spark NLP, span F1 on dev (`btc_masked`: as in production)",
        "accuracy",
        f.entities,
        "wnut17 0.52, btc 0.75",
        f.finds_entities,
    ),
    Row("Language detector without X's own `lang`: English", "languages", f.languages),
    Row(
        "All heads in one pass, compared with the same encoder with sentiment alone",
        "heads",
        f.heads,
        "0.90",
        f.at_least(0.9),
    ),
    Row("Importing archives: seconds and peak memory", "archives", f.archives, "linear, flat", f.is_linear),
    Row("Collector: from X's socket to the acknowledged record", "collector", s.collector),
    Row(
        "Streaming job on distinct texts, compared with plain onnxruntime on the same cores",
        "throughput",
        s.throughput,
        "0.75",
        f.at_least(0.75),
    ),
    Row("The same job: entities, after the tweets", "throughput", s.entity_rate),
    Row(
        "From Kafka's timestamp to the committed row, all queries running",
        "freshness",
        s.delays,
        "p50 6 s, p95 10 s",
        s.is_fresh,
    ),
    Row(
        "The same run: candidates of tickets without entities when the last tweet was committed",
        "freshness",
        s.missing_entities,
    ),
    Row(
        "The same at 40 % of what the yardstick reaches in plain onnxruntime, ten minutes",
        "freshness_share",
        s.delays,
        "p50 6 s, p95 10 s",
        s.is_fresh,
    ),
    Row("The same run: backlog in Kafka and memory", "freshness_share", s.flatness, "flat", s.is_flat),
    Row("Ten times a steady rate for a minute: the longest batch", "freshness_burst", s.longest, "30 s", s.is_short),
    Row(
        "What a batch costs whatever its size, compared with the stream of 27 November",
        "stream_cost",
        s.batch_cost,
        "half",
        s.is_half,
    ),
    Row("What a tweet costs the stream, and the tasks of each step", "stream_cost", s.tweet_cost),
    Row(
        "From Kafka's timestamp to the ticket at the help desk, 12 complaints among 250 tweets per second",
        "tickets",
        ticket_figures.delays,
        "p95 30 s, none missing",
        ticket_figures.is_quick,
    ),
    Row(
        "API, 100,000 profiles, eight clients: requests per second, compared with a bare Django view of the same bytes",
        "serving",
        f.serving,
    ),
    Row("First paint of a page with 100,000 profiles published", "serving", f.first_paint, "1,000 ms", f.is_painted),
    Row(
        "Segments of generated authors, compared with their true segments: adjusted Rand index",
        "segments_worlds",
        f.recovery,
        "easy and medium 0.8",
        f.are_recovered,
    ),
    Row("Exact retweet trees against 2,000 simulations", "cascades", i.cascades, "in error, 100 times", i.are_exact),
    Row("Influence score against its parts, Spearman", "influence_backtest", i.backtests, "better", i.are_proven),
    Row("563,069 real activities ranked; retweets of the days after predicted", "influence_higgs", i.higgs),
    Row(
        "From a tweet to a ranking that counts it, beside a stream at 100/s",
        "influence_freshness",
        i.freshness,
        "15 minutes",
        i.is_fresh,
    ),
    Row("Segments of real authors, without sentiment", "segments_people", f.people),
    Row(
        "Unchanged authors who keep their segment's id in twelve weekly refits",
        "segments_weeks",
        f.weeks,
        "95 %",
        f.are_kept,
    ),
    *TOPIC_ROWS,
    Row("Profiles and segments of many authors, five tweets each", "insights_scale", f.scale, "6 GB", f.is_light),
    Row(
        "Updating 1 % of 1,000,000 profiles, compared with all", "insights_scale", f.gains, "10 times", f.is_incremental
    ),
    Row(
        "People identified in a generated world: found of tried (95 % upper bound)",
        "reidentification",
        a.attacks("generated"),
        "0",
        a.finds_nobody("generated"),
    ),
    Row(
        "The same with profiles of real people",
        "reidentification",
        a.attacks("people"),
        "0",
        a.finds_nobody("people"),
    ),
    Row(
        "People identified by trends and live sentiment of a generated week",
        "reidentification_trends",
        a.attacks("trends"),
        "0",
        a.finds_nobody("trends"),
    ),
    Row(
        "Erased authors recognised by who knows every tweet: by the exact numbers of tweets; by the last digits "
        "of all figures, recomputed without each of them",
        "reidentification_trends",
        a.seen,
    ),
    Row("Documents by author key that are unique in all of their columns", "reidentification", a.unique),
)


def render_results() -> str:
    """Every figure with its target, verdict and command."""
    return _render(ROWS, with_command=True)


def render_headlines() -> str:
    """The README's six figures."""
    return _render(HEADLINES, with_command=False)


def _render(rows: Iterable[Row], with_command: bool) -> str:
    header = ["what", "measured", "target", "verdict", *(["command"] if with_command else [])]
    lines = [header, ["---"] * len(header)]
    for row in rows:
        if found := row.figures:
            cells = [row.what, row.words(found), row.target or "–", row.verdict(found)]
            lines.append(cells + ([row.command] if with_command else []))
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
