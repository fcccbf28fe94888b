"""Collect tweets into Kafka: X's filtered stream, its search or mentions, or an archive (a file or a folder).

stream: tweets that match the rules of jobs.sync_rules, until SIGTERM; gaps are repaired from search (jobs.list_gaps).
search, mentions: poll for new tweets. archive: every format of X's APIs and of the tools around them.
"""

import sys
from collections.abc import Callable
from dataclasses import replace

from conf.command_line import BRAND, DRY_RUN, FULL, Flag, Options, run_job
from conf.settings import Settings
from pipelines.collection import collect_archive, collect_search, collect_stream

SOURCES: dict[str, Callable[[Settings, Options], None]] = {
    "archive": collect_archive.run,
    "stream": collect_stream.run,
    "search": collect_search.run_search,
    "mentions": collect_search.run_mentions,
}
FLAGS = (
    replace(BRAND, sources=("archive", "search", "mentions")),
    replace(FULL, sources=("search", "mentions")),
    DRY_RUN,
    Flag("--source", "source of the tweets (default: archive)", {"choices": [*SOURCES], "default": "archive"}),
    Flag("--input", "a file or a folder", {"metavar": "PATH"}, ("archive",)),
    Flag("--rate", "maximum records per second (default: no limit)", {"type": float}, ("archive",)),
    Flag("--columns", "YAML file that maps the columns of a table", {"metavar": "FILE"}, ("archive",)),
    Flag("--json", "print a summary of each file as a line of JSON", {"action": "store_true"}, ("archive",)),
    Flag("--restart", "send it again from the start", {"action": "store_true"}, ("archive",)),
    Flag("--once", "poll once and end", {"action": "store_true"}, ("search", "mentions")),
)


def main(settings: Settings, options: Options) -> None:
    SOURCES[options.extra["source"]](settings, options)


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
