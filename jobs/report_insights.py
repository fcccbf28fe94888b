"""Show what is in the lake and the document store: tweets, rejects, sentiment per day, segments; draws two charts."""

import sys

from rich.console import Console

from conf.command_line import Options, run_job
from conf.session import build_session
from conf.settings import Settings
from pipelines.ingestion import reconcile_input
from pipelines.operations import report_insights


def main(settings: Settings, options: Options) -> None:
    spark, console = build_session(settings, "report_insights"), Console()
    report_insights.run(spark, settings, console)
    console.print(f"\n[bold]{reconcile_input.count_input(spark, settings)}[/bold]", soft_wrap=True)


if __name__ == "__main__":
    sys.exit(run_job(main))
