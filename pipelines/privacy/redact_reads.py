"""restricted.tombstones -> the API's audit log: erased authors are redacted in the reads of their profiles.

An entry stays, with who read when and why; its subject becomes `erased`. Every run looks at all tombstones, because a
key can still be asked for, and is then recorded, after its author was erased.
"""

import logging

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from conf.command_line import Options
from conf.privacy import AUTHOR
from conf.settings import Settings
from models.privacy.tombstones import build_index
from pipelines.sinks.privacy.accounts import redact_subjects
from pipelines.sources.accounts import read_subject_keys
from pipelines.sources.author_keys import read_secrets
from pipelines.sources.lake import read_table

logger = logging.getLogger("brandpulse.redact_reads")

TOMBSTONES = "restricted.tombstones"


def run(spark: SparkSession, settings: Settings, options: Options) -> int:
    """Redact erased authors; returns their number. `--dry-run` only counts them.

    ServiceUnavailable if Django's database does not answer.
    """
    subjects = read_subject_keys(settings, read_secrets(spark, settings))
    if not subjects:
        return 0
    stored = spark.createDataFrame([(key,) for key in subjects], "subject_key string")
    index = read_table(spark, settings, TOMBSTONES).transform(build_index)
    authors = index.where(F.col("is_erased") & (F.col("subject") == AUTHOR))
    erased = [subjects[row[0]] for row in stored.join(authors, "subject_key", how="left_semi").collect()]
    logger.info("%d erased authors in the API's audit log", len(erased))
    if not options.dry_run:
        redact_subjects(settings, erased)
    return len(erased)
