"""Which tweets of silver's change feed are looked at: recent ones that may matter, in their newest state."""

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from models.tickets.complaints import Cutoffs


def keep_recent(inputs: DataFrame, days: float) -> DataFrame:
    """The tweets of the last `days`: who wrote before awaits no answer."""
    return inputs.where(F.col("created_at") >= F.current_timestamp() - F.expr(f"INTERVAL {days * 86400:.0f} SECONDS"))


def keep_relevant(inputs: DataFrame, cutoffs: Cutoffs) -> DataFrame:
    """Possible complaints, and replies, which may belong to the conversation of one; never retweets."""
    return inputs.where(
        (F.size("brands") > 0)
        & ~F.col("kind").eqNullSafe("retweet")
        & ((F.col("complaint_score") >= cutoffs.lowest) | (F.col("kind") == "reply"))
    )


def keep_newest(changes: DataFrame) -> DataFrame:
    """The newest state of each tweet."""
    newest_first = Window.partitionBy("tweet_id").orderBy(F.desc("_commit_version"))
    newest = changes.withColumn("place", F.row_number().over(newest_first)).where("place = 1")
    return newest.drop("place", "_commit_version")
