"""How many people can be re-identified in the published data?

    python -m benchmarks.reidentification [--parts segments trends topics] [--authors 3000] [--data FOLDER]
        [--departures 500] [--refits 5] [--changes 40]

The attacker is a signed-in viewer of the API, who knows everybody's exact figures, texts and times, and the rounding
rules. Reported per attack: how often it was tried, how often it found the right person, and the 95 % upper bound of
that share (Clopper and Pearson). The same attacks with k-anonymity, limits and rounding off show that they can succeed.

- segments: a generated world passes through the real profiles, segments, documents and exports. The target are the
  segments, their history, events and exported files (`benchmarks.reidentification.attacks`). `names, texts, times`,
  `small cells` and `figures` are tried on everybody. `departures`: people chosen at random leave, one at a time, and
  the figures before and after are compared; everybody else keeps their segment, as they do for a week; the figures are
  computed in memory (`benchmarks.reidentification.departures`). `unusual departures`: those with the most followers,
  engagement and tweets. `departures before a refit`: the segments, as many as before, are fitted again in between. For
  the readers of documents by author key, the share of people is reported whose document is unique in all columns.
  With `--data` everything is repeated on profiles of real authors (profiles/).
- trends: the trends, summaries and live sentiment of a generated week (`benchmarks.reidentification.windows`): windows
  and listed cells of few authors, and what is left of a wider window or list without the shown parts; one author's
  tweets erased, or one tweet more, between two publications; one tweet between two values of the live sentiment.

- topics: topics, their terms and figures over time, and alerts of a generated week
  (`benchmarks.reidentification.topic_attacks`): terms that few people used; topics' windows, and segments listed with a
  topic, of few authors, also by subtraction; alerts that show how many people of few wrote, or their mood.

Not attacked: gold.campaign_results, gold.model_drift.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from benchmarks.harness import DATA, REAL_TWEETS, bench_stack, save
from benchmarks.reidentification.served import options_of
from benchmarks.reidentification.topics import measure_topics
from benchmarks.reidentification.trends import measure_trends
from benchmarks.reidentification.trials import Effort, Known, measure_attacks, read_world
from benchmarks.reidentification.viewer import SERVING, Viewer
from benchmarks.segments.people import read_people
from benchmarks.segments.worlds import load_level, read_silver
from conf.schemas.gold import GOLD_AUTHOR_PROFILES
from conf.schemas.silver import SILVER_TWEETS
from conf.session import build_session
from conf.settings import Settings
from generator.authors import Crowd
from pipelines.profiles.profile_authors import build_profiles

PARTS = ("segments", "trends", "topics")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures, write a result file per part; 1 unless the attacks fail, and succeed without protection."""
    flags, measured = _parse(arguments), dict[str, Any]()
    with bench_stack(serving=SERVING) as (settings, _):
        viewer, spark = Viewer(settings), build_session(settings, "reidentification")
        if "segments" in flags.parts:
            figures = measure_segments(spark, settings, viewer, flags)
            save("reidentification", figures)
            measured |= figures
        if "trends" in flags.parts:
            figures = {"trends": measure_trends(spark, settings, viewer, flags.changes)}
            save("reidentification_trends", figures)
            measured |= figures
        if "topics" in flags.parts:
            figures = {"topics": measure_topics(spark, settings, viewer)}
            save("reidentification_topics", figures)
            measured |= figures
        spark.stop()
    for name, found in measured.items():
        print(f"{name}:\n{_as_text(found)}")
    return 0 if all(found["linked"] == 0 < found["linked_unprotected"] for found in measured.values()) else 1


def measure_segments(
    spark: SparkSession, settings: Settings, viewer: Viewer, flags: argparse.Namespace
) -> dict[str, dict[str, Any]]:
    """What the attacks find in a generated world, and in profiles of real authors where there are any."""
    effort, world = Effort(flags.departures, flags.refits), load_level("easy", authors=flags.authors)
    silver = spark.createDataFrame(list(read_silver(world)), SILVER_TWEETS)
    profiles = build_profiles(silver, settings, options_of(0)).persist()
    known = read_world(silver, Crowd(world))
    figures = {"generated": measure_attacks(spark, settings, viewer, profiles, known, effort)}
    if (flags.data / REAL_TWEETS).is_file():
        people = spark.createDataFrame(list(read_people(flags.data / REAL_TWEETS)), GOLD_AUTHOR_PROFILES).persist()
        figures["people"] = measure_attacks(spark, settings, viewer, people, Known({}, {}), effort)
    return figures


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), help="what to attack")
    parser.add_argument("--authors", type=int, default=3000, help="authors of the generated world")
    parser.add_argument("--departures", type=int, default=500, help="people who leave, one at a time")
    parser.add_argument("--refits", type=int, default=5, help="how many of them leave before a refit")
    parser.add_argument(
        "--changes", type=int, default=40, help="authors, and tweets, that the trends lose one at a time"
    )
    parser.add_argument("--data", type=Path, default=DATA, help="folder that contains profiles/")
    return parser.parse_args(arguments)


def _as_text(found: Mapping[str, Any]) -> str:
    lines = [
        f"  {name}: {each['linked']} of {each['tried']:,} found, upper bound {each['upper_bound']:.2%}; "
        f"{found['ways_unprotected'].get(name, {}).get('linked', '-')} found with protection off"
        for name, each in found["ways"].items()
    ]
    if "unique_documents" in found:
        lines.append(
            f"  unique documents by author key {found['unique_documents']:.1%}, unique exact profiles "
            f"{found['unique_profiles']:.1%}"
        )
    lines += [
        f"  {name.replace('_', ' ')}: {found[name]['linked']} of {found[name]['tried']:,}"
        for name in ("seen_by_count", "seen_by_recomputation")
        if name in found
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
