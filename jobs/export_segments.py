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
    Flag("--format", "of cards and series: csv, json or parquet (default: csv)", {"default": "csv"}),
    Flag("--output", "folder (default: exports in the home; needed with --audience)"),
    Flag("--audience", "a segment: its authors who called the brand, for a campaign on X"),
    Flag("--campaign", "with --audience: a name; the same name holds back the same people"),
    Flag("--purpose", "with --audience: why; written to the audit log"),
    Flag("--target", "with --audience: where the advertising runs (x, the only one allowed)", {"default": "x"}),
)


def main(settings: Settings, options: Options) -> None:
    spark = build_session(settings, "export_segments")
    check_brand(spark, settings, options.brand)
    export = export_segments if options.extra["audience"] is None else export_audience
    export.run(spark, settings, options)


if __name__ == "__main__":
    sys.exit(run_job(main, flags=FLAGS))
