"""Measure the effect of a campaign on its audience, compared with its holdout."""

import sys

from conf.command_line import AS_OF, DRY_RUN, RUN_ID, Flag, Options, run_job
from conf.session import build_session
from conf.settings import Settings
from pipelines.segments import measure_campaign

FLAGS = (
    AS_OF,
    RUN_ID,
    DRY_RUN,
    Flag("--campaign", "the campaign's name, as given when its audience was exported"),
)


def main(settings: Settings, options: Options) -> None:
    measure_campaign.run(build_session(settings, "measure_campaign"), settings, options)


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
