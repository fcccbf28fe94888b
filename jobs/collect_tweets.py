"""Send an archive of tweets to Kafka: X v2 pages, stream lines, v1.1, CSV; plain, gzip or a folder of them."""

import sys

from conf.command_line import Flag, Options, run_job
from conf.settings import Settings
from pipelines import collect_tweets

FLAGS = (
    Flag("--source", "where tweets come from", {"choices": ["archive"], "default": "archive"}),
    Flag("--input", "the archive: a file or a folder", {"metavar": "PATH"}),
    Flag("--rate", "records a second at most (default: as fast as the broker takes them)", {"type": float}),
    Flag("--columns", "YAML file that says which column of a CSV holds what", {"metavar": "FILE"}),
    Flag("--restart", "send the archive again from its beginning", {"action": "store_true"}),
)


def main(settings: Settings, options: Options) -> None:
    collect_tweets.run(settings, options)


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
