"""Write all that is held about one author into a folder, for the author who asks; or forget the author for ever."""

import sys

from conf.command_line import DRY_RUN, Flag, Options, run_job, whole_number
from conf.session import build_session
from conf.settings import Settings
from pipelines.privacy import export_author_data, opt_out_author

FLAGS = (
    DRY_RUN,
    Flag("--handle", "the author's handle, with or without @"),
    Flag("--author-id", "the author's account id, where no handle is known", {"dest": "author_id"}),
    Flag("--purpose", "why; written to the audit log"),
    Flag("--output", "folder that is made for the answer"),
    Flag("--skip", "posts that were told on a day before", {"type": whole_number, "default": 0}),
    Flag("--forget", "opt the author out: the next erasure takes everything, for ever", {"action": "store_true"}),
)


def main(settings: Settings, options: Options) -> None:
    answer = opt_out_author if options.extra["forget"] else export_author_data
    answer.run(build_session(settings, "explain_author"), settings, options)


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
