"""Export all data stored about one author into a folder (data-subject access request); audited."""

import sys

from conf.command_line import Flag, Options, run_job, whole_number
from conf.session import build_session
from conf.settings import Settings
from pipelines.privacy import export_author_data

FLAGS = (
    Flag("--handle", "the author's handle, with or without @"),
    Flag("--author-id", "the author's account id, if the handle is not stored", {"dest": "author_id"}),
    Flag("--purpose", "why the data is exported; written to the audit log"),
    Flag("--output", "new or empty folder for the export"),
    Flag("--skip", "number of posts exported on earlier days", {"type": whole_number, "default": 0}),
    Flag(
        "--count-only", "count the rows, write no file; the look-up is audited all the same", {"action": "store_true"}
    ),
)


def main(settings: Settings, options: Options) -> None:
    export_author_data.run(build_session(settings, "export_author_data"), settings, options)


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
