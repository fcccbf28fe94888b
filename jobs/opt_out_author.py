"""Opt an author out: the next run of erase_tweets deletes their data, and their tweets stay blocked permanently."""

import sys

from conf.command_line import DRY_RUN, Flag, Options, run_job
from conf.session import build_session
from conf.settings import Settings
from pipelines.privacy import opt_out_author

FLAGS = (
    DRY_RUN,
    Flag("--handle", "the author's handle, with or without @"),
    Flag("--author-id", "the author's account id, if the handle is not stored", {"dest": "author_id"}),
    Flag("--purpose", "why the author is opted out; written to the audit log"),
)


def main(settings: Settings, options: Options) -> None:
    opt_out_author.run(build_session(settings, "opt_out_author"), settings, options)


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
