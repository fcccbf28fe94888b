"""The composite's weights: fitted by a back-test, kept with its report in mlflow, equal until there is one."""

import json
import logging
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from conf.settings import Settings
from models.influence import backtest
from models.influence.author_factors import FACTORS
from models.influence.composite import EQUAL, FEATURES, Composite, fit_composite, prepare
from models.tracking import CHAMPION, find_registered, tracked_run

logger = logging.getLogger("brandpulse.rank_influencers")

NAME, FILE = "influence-weights", "weights.json"
MIN_AUTHORS = 50
FOLDS = 5
EQUAL_VERSION = "equal"


@dataclass(frozen=True)
class Weights:
    """The composite in use, and its version."""

    version: str
    composite: Composite


@dataclass(frozen=True)
class Backtest:
    """A fitted composite, and how composites predict authors that their fit did not see."""

    composite: Composite
    authors: int
    measures: dict[str, dict[str, float]]
    intervals: dict[str, tuple[float, float]]
    gains: dict[str, list[backtest.Gain]]


def load_weights(settings: Settings) -> Weights:
    """The registered weights; equal ones where no back-test has been made."""
    found = find_registered(settings, NAME, CHAMPION)
    if found is None:
        return Weights(EQUAL_VERSION, EQUAL)
    return Weights(found.number, Composite(**json.loads((found.folder / FILE).read_text("utf-8"))))


def run_backtest(authors: pd.DataFrame, seed: int = 7, draws: int = backtest.DRAWS) -> Backtest | None:
    """Fit and test the composite; None with fewer than MIN_AUTHORS authors.

    `authors`: brand, author_key, post_count, FEATURES and FACTORS of a time, and `later`, the engagement of the week
    after it. Scores are of weights that were fitted to the other folds of authors.
    """
    if len(authors) < MIN_AUTHORS:
        return None
    prepared = np.zeros((len(authors), len(FEATURES)))
    for _, rows in authors.reset_index(drop=True).groupby("brand"):
        prepared[rows.index] = prepare(rows)
    posts, later = authors["post_count"].to_numpy(float), authors["later"].to_numpy(float)
    fold = np.random.default_rng(seed).permutation(len(authors)) % FOLDS
    scores = np.zeros(len(authors))
    for each in range(FOLDS):
        seen = fold != each
        scores[~seen] = fit_composite(prepared[seen], posts[seen], later[seen]).score(prepared[~seen], posts[~seen])
    factors = authors[[*FACTORS]].fillna(0).to_numpy(float)
    baselines = {
        "followers": authors["followers_count"].fillna(0).to_numpy(float),
        "retweets": authors["retweet_count"].fillna(0).to_numpy(float),
        "sum_of_factors": factors.sum(axis=1),
    }
    rankings = {"composite": scores, **baselines}
    return Backtest(
        fit_composite(prepared, posts, later),
        len(authors),
        {name: backtest.measure(each, later) for name, each in rankings.items()},
        backtest.intervals(scores, later, draws),
        backtest.compare(scores, baselines, later, draws),
    )


def track(settings: Settings, run_id: int, tested: Backtest) -> Weights:
    """Log the back-test, register its weights and use them from now on."""
    with tempfile.TemporaryDirectory() as scratch, tracked_run(settings, "rank_influencers", str(run_id)) as tracked:
        folder = Path(scratch) / NAME
        folder.mkdir()
        (folder / FILE).write_text(json.dumps(asdict(tested.composite), indent=1), "utf-8")
        (folder / "backtest.json").write_text(json.dumps(asdict(tested), indent=1), "utf-8")
        tracked.log_parameters({"authors": tested.authors, "shrink_posts": tested.composite.shrink_posts})
        tracked.log_metrics(
            {f"{name}.{each}": value for name, found in tested.measures.items() for each, value in found.items()}
        )
        tracked.log_metrics({f"weight.{name}": value for name, value in tested.composite.weights.items()})
        number = tracked.register_folder(folder, NAME, {"authors": str(tested.authors)}, CHAMPION)
    proven = [
        name
        for name, gains in tested.gains.items()
        if all(each.is_proven for each in gains if each.measure == "spearman")
    ]
    logger.info(
        "back-test on %d authors: Spearman %.3f; better than %s", tested.authors,
        tested.measures["composite"]["spearman"], ", ".join(proven) or "none of the baselines",
    )  # fmt: skip
    return Weights(number, tested.composite)
