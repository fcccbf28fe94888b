"""gold.author_segments, restricted.author_identities -> a file for X's list custom audiences, and its members.

For advertising on X alone: X's policy forbids targeting outside X with its data, and such an export is rejected. It
needs `export.audiences.enabled` and a purpose, is in the audit log before the file exists, and needs 100 authors of the
segment who mentioned the brand by its handle. A part of them, chosen by a hash of campaign and author, is the holdout
(`export.audiences.control_share`) against which `measure_campaign` measures the effect. An author stays on the side
first drawn, even when the share or the author keys change, and a campaign has one segment of one brand. `erase_exports`
removes erased authors from the file.

The file has one account id per line, hashed as X requires (SHA-256 of the id, unsalted, lower-case hex; Custom
Audiences User Data in X's ads documentation). Uploading it needs X's approval for its ads API, or is done by hand.
"""

import hashlib
import logging
from pathlib import Path

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from conf.command_line import Options, required
from conf.settings import Settings
from models.privacy.limits import K
from pipelines.sinks.lake import Merge, create_table, lock_tables, merge_rows
from pipelines.sinks.privacy.audit import TABLE as AUDIT
from pipelines.sinks.privacy.audit import write_audit
from pipelines.sinks.privacy.private_files import write_private
from pipelines.sources.exported_files import AUDIENCE
from pipelines.sources.lake import read_table
from runtime.errors import CheckFailed, UsageError

logger = logging.getLogger("brandpulse.export_audience")

MEMBERS, SEGMENTS, IDENTITIES = "gold.author_segments", "gold.segments", "restricted.author_identities"
TABLE, HERE = "restricted.campaign_members", "x"


def run(spark: SparkSession, settings: Settings, options: Options) -> Path | None:
    """Write `--output`/<campaign>.csv for `--brand`, `--audience` (a segment); returns it, None after `--dry-run`.

    UsageError where it is not allowed or an argument is missing; CheckFailed where too few authors remain; TableLocked
    while another export runs.
    """
    segment_id, brand = required(options, "audience"), options.brand
    campaign, purpose = required(options, "campaign"), required(options, "purpose")
    check_allowed(settings, options)
    file = Path(required(options, "output")) / f"{campaign}.csv"
    with lock_tables(settings, TABLE, AUDIT):
        members = choose_members(spark, settings, str(brand), segment_id, campaign).persist()
        counts = {row["is_control"]: row["count"] for row in members.groupBy("is_control").count().collect()}
        if counts.get(False, 0) < K:
            raise CheckFailed(
                f"segment {segment_id} of {brand}: fewer than {K} authors who mentioned the brand remain for the "
                "audience, the minimum for X and for the privacy of its members"
            )
        logger.info("%d authors in the audience, %d in the holdout", counts[False], counts.get(True, 0))
        if not options.dry_run:
            write_audit(members, settings, AUDIENCE, f"{purpose} (campaign {campaign})", counts[False], path=file)
            write_members(members, settings, options, purpose)
            write_file(members.where(~F.col("is_control")), file)
        members.unpersist()
    return None if options.dry_run else file


def check_allowed(settings: Settings, options: Options) -> None:
    """UsageError with the reason where an audience may not be exported."""
    if options.extra["target"] != HERE:
        raise UsageError(
            f"--target {options.extra['target']}: X's developer policy forbids targeting people with advertising "
            "outside X by its content; use --target x"
        )
    if not settings.export.audiences.enabled:
        raise UsageError("export.audiences.enabled is false: the person responsible for the data has to set it to true")
    if Path(options.extra["campaign"]).name != options.extra["campaign"]:
        raise UsageError(f"--campaign {options.extra['campaign']}: it names the file, so it may not contain /")
    if options.brand is None:
        raise UsageError("--brand is needed: an audience has people who mentioned one brand")


def choose_members(spark: SparkSession, settings: Settings, brand: str, segment_id: str, campaign: str) -> DataFrame:
    """[author_key, author_id, brand, segment_id, is_control] of the segment's authors who mentioned the brand."""
    drawn = read_table(spark, settings, TABLE).where(F.col("campaign") == campaign)
    check_campaign(drawn, campaign, brand, segment_id)
    own = (F.col("brand") == brand) & (F.col("segment_id") == segment_id)
    known = read_table(spark, settings, IDENTITIES).where(F.array_contains("brands", brand))
    members = read_table(spark, settings, MEMBERS).where(own).join(known.drop("brands"), "author_key", how="inner")
    is_new_control = draw(campaign) < settings.export.audiences.control_share
    return members.join(drawn.select("author_key", "is_control"), "author_key", how="left").select(
        "author_key",
        "author_id",
        F.lit(brand).alias("brand"),
        F.lit(segment_id).alias("segment_id"),
        F.coalesce("is_control", is_new_control).alias("is_control"),
    )


def check_campaign(drawn: DataFrame, campaign: str, brand: str, segment_id: str) -> None:
    """UsageError where the campaign's members `drawn` belong to another brand or segment."""
    other = drawn.where((F.col("brand") != brand) | (F.col("segment_id") != segment_id)).first()
    if other is not None:
        raise UsageError(
            f"--campaign {campaign} already belongs to segment {other['segment_id']} of {other['brand']}, so its "
            f"holdout does not fit segment {segment_id} of {brand}; choose another name"
        )


def draw(campaign: str) -> Column:
    """A number 0..1 for each author_key, different in each campaign."""
    salt = hashlib.sha256(campaign.encode()).hexdigest()
    first = F.substring(F.sha2(F.concat(F.lit(salt), F.col("author_key")), 256), 1, 8)
    return F.conv(first, 16, 10).cast("double") / float(16**8)


def write_members(members: DataFrame, settings: Settings, options: Options, purpose: str) -> None:
    """Store audience and holdout of the campaign; a second export keeps the start of the first."""
    create_table(members.sparkSession, settings, TABLE)
    stamps = {
        "campaign": F.lit(options.extra["campaign"]),
        "purpose": F.lit(purpose),
        "started_at": F.lit(options.as_of.isoformat()).cast("timestamp"),
    }
    merge_rows(members.drop("author_id").withColumns(stamps), settings, TABLE, Merge())


def write_file(members: DataFrame, file: Path) -> None:
    """One hashed account id per line, sorted, so that the order reveals nothing."""
    hashed = members.select(F.sha2("author_id", 256).alias("hashed")).collect()
    write_private(file, sorted(row["hashed"] for row in hashed))
