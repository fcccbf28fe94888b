"""Measure the effect of a campaign on its audience, compared with its holdout."""

import sys

from conf.command_line import Flag, Options, run_job
from conf.session import build_session
from conf.settings import Settings
from pipelines.segments import measure_campaign

FLAGS = (Flag("--campaign", "the campaign's name, as given when its audience was exported"),)


def main(settings: Settings, options: Options) -> None:
    measure_campaign.run(build_session(settings, "measure_campaign"), settings, options)


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
