"""An opt-out is a notice of our own about the account, which erase_tweets follows."""

import pytest
from pyspark.sql import SparkSession

from conf.command_line import run_job
from conf.settings import Settings
from jobs import opt_out_author as job
from pipelines.ingestion import land_compliance
from pipelines.privacy import opt_out_author
from pipelines.sinks.kafka_clients import create_topics
from tests.identifying import asked, fill
from tests.stored import stored_rows


def test_who_opts_out_is_asked_to_be_erased_by_the_account(
    spark: SparkSession, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    create_topics(settings)
    fill(spark, settings)
    wish = asked(handle="Quiet_Otter", author_id=None, purpose="asked by letter")
    assert opt_out_author.run(spark, settings, wish) == 1
    land_compliance.start(spark, settings, once=True).awaitTermination(120)
    (notice,) = stored_rows(settings, "bronze.compliance")
    assert (notice.kind, notice.author_id, notice.tweet_id, notice.reason) == ("opt_out", "4001", None, "opt_out")
    (noted,) = stored_rows(settings, "restricted.audit_log")
    assert (noted.action, noted.row_count) == ("opt_out_author", 1)
    assert "4001" not in caplog.text


@pytest.mark.parametrize("flag", [["--output", "folder"], ["--skip", "1"], ["--forget"]])
def test_flags_of_a_data_export_are_not_offered(flag: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run_job(job.main, ["--handle", "a", *flag], flags=job.FLAGS)
    assert ended.value.code == 2
