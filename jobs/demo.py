"""The main job from end to end on the embedded stack, on generated tweets or on an archive of your own."""

import sys

from conf.command_line import Flag, Options, run_job
from conf.settings import Settings
from stack import demo

FLAGS = (Flag("--input", "an archive of yours: a file or a folder (default: generated tweets)"),)


def main(settings: Settings, options: Options) -> None:
    demo.run(options.extra["input"])


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS, needs_lake=False))
