"""How many people can be re-identified in the published data?

    python -m benchmarks.reidentification [--authors 3000] [--data FOLDER] [--departures 500] [--refits 5]

A generated world passes through the real profiles, segments, documents and exports. The attacker knows everybody's
exact figures, texts and times, and the rounding rules (`benchmarks.reidentification.attacks`). The target is what the
aggregate audience sees: the segments, their history, events and exported files. Reported per attack: how often it was
tried, how often it found the right person, and the 95 % upper bound of that share (Clopper and Pearson).

- `names, texts, times`, `small cells` and `figures` are tried on everybody.
- `departures`: people chosen at random leave, one at a time, and the figures before and after are compared. Everybody
  else keeps their segment, as they do for a week; the figures are computed in memory
  (`benchmarks.reidentification.departures`). `unusual departures`: those with the most followers, engagement and
  tweets. `departures before a refit`: the segments, as many as before, are fitted again in between.

The same attacks with k-anonymity, limits and rounding switched off show that they can succeed. For the readers of
documents by author key, the share of people is reported whose document is unique in all of its columns. With `--data`
everything is repeated on profiles of real authors (profiles/). Not attacked: gold.campaign_results, gold.model_drift.
"""

import argparse
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.harness import DATA, REAL_TWEETS, save
from benchmarks.reidentification.served import options_of
from benchmarks.reidentification.trials import Effort, Known, measure_attacks, read_world
from benchmarks.segments.people import read_people
from benchmarks.segments.worlds import load_level, read_silver
from conf.schemas.gold import GOLD_AUTHOR_PROFILES
from conf.schemas.silver import SILVER_TWEETS
from conf.session import build_session
from conf.settings import load_settings
from generator.authors import Crowd
from pipelines.profiles.profile_authors import build_profiles


def main() -> int:
    """Print the figures and write the result file; 1 unless the attacks fail, and succeed without protection."""
    flags = _parse()
    effort, figures = Effort(flags.departures, flags.refits), dict[str, Any]()
    with tempfile.TemporaryDirectory(prefix="brandpulse-attack-") as home:
        settings = load_settings(overrides={"home": home})
        spark = build_session(settings, "reidentification")
        world = load_level("easy", authors=flags.authors)
        silver = spark.createDataFrame(list(read_silver(world)), SILVER_TWEETS)
        profiles = build_profiles(silver, settings, options_of(0)).persist()
        figures["generated"] = measure_attacks(spark, settings, profiles, read_world(silver, Crowd(world)), effort)
        if (flags.data / REAL_TWEETS).is_file():
            people = spark.createDataFrame(list(read_people(flags.data / REAL_TWEETS)), GOLD_AUTHOR_PROFILES).persist()
            figures["people"] = measure_attacks(spark, settings, people, Known({}, {}), effort)
        spark.stop()
    save("reidentification", figures)
    for name, found in figures.items():
        print(f"{name}:\n{_as_text(found)}")
    return 0 if all(found["linked"] == 0 < found["linked_unprotected"] for found in figures.values()) else 1


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--authors", type=int, default=3000, help="authors of the generated world")
    parser.add_argument("--departures", type=int, default=500, help="people who leave, one at a time")
    parser.add_argument("--refits", type=int, default=5, help="how many of them leave before a refit")
    parser.add_argument("--data", type=Path, default=DATA, help="folder that contains profiles/")
    return parser.parse_args()


def _as_text(found: Mapping[str, Any]) -> str:
    lines = [
        f"  {name}: {each['linked']} of {each['tried']:,} found, upper bound {each['upper_bound']:.2%}; "
        f"{found['ways_unprotected'].get(name, {}).get('linked', '-')} found with protection off"
        for name, each in found["ways"].items()
    ]
    lines.append(
        f"  unique documents by author key {found['unique_documents']:.1%}, unique exact profiles "
        f"{found['unique_profiles']:.1%}"
    )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
