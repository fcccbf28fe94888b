"""Rows of segments and fits as dictionaries in the shapes of conf/schemas/segments.py, without brand and run."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from models.privacy.limits import SHARE_DECIMALS
from models.segments.descriptions import (
    build_change_summary,
    build_description,
    build_persona,
    build_recommendation,
    favourable_voice_share,
    reach_share,
)
from models.segments.fit import Fit
from models.segments.names import SegmentSummary, build_names, over_indexed

Row = dict[str, Any]
MEANS = (
    "sentiment_mean",
    "subjectivity_mean",
    "reply_share",
    "quote_share",
    "retweet_share",
    "engagement_per_tweet",
    "complaint_share",
    "night_share",
)


def segment_rows(
    summaries: list[SegmentSummary],
    given_names: Mapping[str, str],
    before: Mapping[str, Row],
    fit: Row,
) -> Iterator[Row]:
    """GOLD_SEGMENTS from summaries and the row of GOLD_SEGMENT_FITS.

    By segment_id: `given_names` replace ours, `before` has rows of GOLD_SEGMENT_HISTORY.
    """
    for summary, name in zip(summaries, build_names(summaries), strict=True):
        own, everyone, segment_id = summary.figures, summary.everyone, summary.segment_id
        yield {
            "segment_id": segment_id,
            "name": given_names.get(segment_id, name.text),
            "description": build_description(summary, name),
            "author_count": own["author_count"],
            "author_share": round(own["author_count"] / everyone["author_count"], SHARE_DECIMALS),
            "tweet_count": own["tweet_sum"],
            "followers_median": own["followers_count_median"],
            "tweets_per_author": own["tweet_count"],
            **{mean: own[mean] for mean in MEANS},
            "reach_share": _rounded(reach_share(summary)),
            "favourable_voice_share": favourable_voice_share(summary),
            "recommendation": build_recommendation(summary),
            "persona": build_persona(summary),
            "change_summary": build_change_summary(summary, before.get(segment_id)),
            "top_categories": over_indexed(summary),
            "silhouette_score": _rounded(fit["silhouette_score"]),
            "model_version": fit["model_version"],
        }


def history_rows(segments: list[Row], measured_on: date) -> list[Row]:
    """GOLD_SEGMENT_HISTORY of a day from rows of `segment_rows`."""
    columns = ("segment_id", "author_count", "author_share", "sentiment_mean", "complaint_share")
    return [{name: row[name] for name in columns} | {"measured_on": measured_on} for row in segments]


def event_rows(fit: Fit) -> list[Row]:
    """GOLD_SEGMENT_EVENTS of a fit, rounded for publication."""
    version = fit.segmentation.version if fit.segmentation else None
    return [
        {
            "segment_id": one.segment_id,
            "event": one.event,
            "other_ids": list(one.others),
            "member_overlap": _rounded(one.overlap),
            "centroid_distance": _rounded(one.distance),
            "model_version": version,
        }
        for one in fit.moved.events
    ]


def fit_row(fit: Fit) -> Row:
    """GOLD_SEGMENT_FITS of a fit."""
    chosen = fit.choice.chosen
    return {
        "author_count": fit.authors,
        "segment_count": len(fit.segmentation.centroids) if fit.segmentation else 0,
        "reason": fit.choice.reason,
        "model_version": fit.segmentation.version if fit.segmentation else None,
        "silhouette_score": chosen.silhouette if chosen else None,
        "stability_score": chosen.stability if chosen else None,
        "agreement_score": chosen.agreement if chosen else None,
        "rand_index": fit.moved.rand_index,
        "last_number": fit.last_number,
        "features": [
            {
                "feature": name,
                "psi": fit.moved.psi.get(name),
                "edges": list(spread.edges),
                "shares": list(spread.shares),
            }
            for name, spread in fit.spreads.items()
        ],
        "centroids": [
            {
                "segment_id": one.segment_id,
                "values": [{"feature": name, "value": value} for name, value in one.prepared.items()],
            }
            for one in (fit.segmentation.centroids if fit.segmentation else ())
        ],
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, SHARE_DECIMALS)
