"""Write segment cards and their time series as files; with --audience, a list for X's custom audiences."""

import sys

from conf.command_line import AS_OF, BRAND, DRY_RUN, Flag, Options, run_job
from conf.session import build_session
from conf.settings import Settings
from pipelines.segments import export_audience, export_segments
from pipelines.sources.brands import check_brand

FLAGS = (
    BRAND,
    AS_OF,
    DRY_RUN,
    Flag("--format", "format of cards and time series: csv, json or parquet (default: csv)", {"default": "csv"}),
    Flag("--output", "folder (default: exports in the home; required with --audience)"),
    Flag("--audience", "id of a segment: export its authors who mentioned the brand, for a campaign on X"),
    Flag("--campaign", "with --audience: name of the campaign; the same name gives the same holdout"),
    Flag("--purpose", "with --audience: purpose, written to the audit log"),
    Flag("--target", "with --audience: where the advertising runs (only x is allowed)", {"default": "x"}),
)


def main(settings: Settings, options: Options) -> None:
    spark = build_session(settings, "export_segments")
    check_brand(spark, settings, options.brand)
    export = export_segments if options.extra["audience"] is None else export_audience
    export.run(spark, settings, options)


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
