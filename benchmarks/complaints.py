"""Which tweets become tickets? Precision and recall of the two stages on real complaints, against keyword rules.

    python -m benchmarks.complaints [--draws 1000]

Two labelled sets: tweets to many companies' support accounts (complaint or not), tweets to US airlines (negative or
not, which there means a complaint). Every score is of a network that never saw the row's label: the stored predictions
of five folds, and for a head without labels in a set the shipped annotator. Both sets have far more complaints than a
brand's stream: rows are weighted until `SHARES` of them are complaints.

Reported: recall at precision 0.7 with its 95 % bootstrap interval (the cut-off is chosen again in each resample) of
both stages, of each score alone; precision and recall of the settings; of the keyword rules that a user would write.
"""

import argparse
import re
import sys
from dataclasses import asdict
from typing import Any

import numpy as np

from benchmarks.harness import DATA, save
from conf.settings import Settings, load_settings
from models.annotation.annotator import shipped_folder
from models.annotation.heads import COMPLAINT, SENTIMENT, Head
from models.annotation.reference_annotator import ReferenceAnnotator
from models.metrics import Classes, Numbers
from models.tickets.cutoffs import Curve, measure_curve, recall_interval
from models.training.data import Example
from models.training.evaluation import Scores, read_out_of_fold
from models.training.label_sets import read_sets

SHARES = {"stream": 0.05, "aimed": 0.2}
"""Complaints among all tweets of a brand's rules, and among those that mention the brand or answer it."""
PRECISION = 0.7
WAYS = ("two_stages", "complaint_score_alone", "sentiment_alone")
FIRST_STAGES = (0.05, 0.1, 0.2, 0.3, 0.5, 1.0)
KEYWORDS = re.compile(
    r"(?i)\b(?:complain\w*|disappoint\w*|terrible|awful|worst|horrible|unacceptable|ridiculous|rude|refund\w*"
    r"|cancel\w*|delay\w*|late|lost|broken|damaged|not work\w*|doesn ?' ?t work|never (?:arrived|again)"
    r"|no (?:answer|response|reply|help)|on hold|still waiting|overcharged|scam|poor (?:service|quality)"
    r"|(?:bad|terrible|awful) service|fix (?:this|it|your)|fail\w*|useless|disgrace\w*|joke)\b"
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=1000, help="resamples of an interval (default: 1000)")
    flags = parser.parse_args()
    settings = load_settings()
    rows, scores = score_rows(settings)
    figures: dict[str, Any] = {}
    for source in ("complaints", "airline"):
        places = [place for place, row in enumerate(rows) if row.source == source]
        truth = true_complaints([rows[place] for place in places], source)
        texts = [rows[place].text for place in places]
        sentiment = scores[SENTIMENT.name][places]
        happy = sentiment[:, 2] + sentiment[:, 1] / 2
        figures[source] = {"n": len(truth), "complaints": int(truth.sum())} | {
            name: measure(settings, truth, texts, happy, scores[COMPLAINT.name][places][:, 1], share, flags.draws)
            for name, share in SHARES.items()
        }
    save("complaints", figures)
    print(as_text(figures))
    return 0


def score_rows(settings: Settings) -> tuple[list[Example], Scores]:
    """The labelled rows with the probabilities of both heads, of networks that did not see their labels."""
    folder = shipped_folder(settings)
    rows, scores = read_out_of_fold(folder, read_sets(DATA, ("airline", "complaints")))
    shipped = ReferenceAnnotator(folder, threads=2).score_normalised([row.text for row in rows], batch_size=32)
    for head in (SENTIMENT, COMPLAINT):
        absent = np.isnan(scores[head.name][:, 0])
        scores[head.name][absent] = shipped[head.name][absent]
    return rows, scores


def true_complaints(rows: list[Example], source: str) -> Classes:
    """1 for a complaint; of airlines for a negative tweet."""
    head: Head = COMPLAINT if source == "complaints" else SENTIMENT
    complains = 1 if source == "complaints" else 0
    return np.array([int(row.label(head) == complains) for row in rows])


def measure(
    settings: Settings, truth: Classes, texts: list[str], happy: Numbers, complaint: Numbers, share: float, draws: int
) -> dict[str, Any]:
    """The figures of one set at one share of complaints."""
    asked = settings.find_complaints
    staged = np.where(happy <= asked.max_sentiment_score, complaint, np.nan)
    found: dict[str, Any] = {"share": share, "by_max_sentiment": {}}
    for first in FIRST_STAGES:
        scores = np.where(happy <= first, complaint, np.nan)
        found["by_max_sentiment"][str(first)] = at_precision(measure_curve(truth, scores, share))
    for name, scores in zip(WAYS, (staged, complaint, 1 - happy), strict=True):
        found[name] = at_precision(measure_curve(truth, scores, share))
        found[name]["interval"] = recall_interval(truth, scores, share, PRECISION, draws)
    curve = measure_curve(truth, staged, share)
    found["curve"] = [asdict(point) for cut in np.arange(0.05, 1, 0.05) if (point := curve.at_cutoff(float(cut)))]
    for name in ("min_complaint_score", "min_rule_complaint_score"):
        point = curve.at_cutoff(getattr(asked, name))
        found[name] = asdict(point) if point else None
    matched = np.array([1.0 if KEYWORDS.search(text) else np.nan for text in texts])
    words = measure_curve(truth, matched, share).at_cutoff(1)
    found["keyword_rules"] = asdict(words) if words else None
    same = curve.recall >= (words.recall if words else 1)
    found["at_recall_of_keywords"] = float(curve.precision[same].max()) if same.any() else 0.0
    return found


def at_precision(curve: Curve) -> dict[str, Any]:
    point = curve.at_precision(PRECISION)
    return {"cutoff": None, "precision": None, "recall": 0.0} if point is None else asdict(point)


def as_text(figures: dict[str, Any]) -> str:
    """One line per set, share and way."""
    lines = []
    for source, of_source in figures.items():
        for found in (of_source[name] for name in SHARES):
            lines.append(f"{source}, {found['share']:.0%} complaints, n = {of_source['n']:,}")
            for way in WAYS:
                low, high = found[way]["interval"]
                chosen = "no cut-off" if found[way]["cutoff"] is None else f"cut-off {found[way]['cutoff']:.3f}"
                recall = f"recall {found[way]['recall']:.3f} [{low:.3f}, {high:.3f}] at precision {PRECISION}"
                lines.append(f"  {way}: {recall}, {chosen}")
            for way in ("min_complaint_score", "min_rule_complaint_score", "keyword_rules"):
                if found[way]:
                    lines.append(f"  {way}: precision {found[way]['precision']:.3f}, recall {found[way]['recall']:.3f}")
            lines.append(f"  two stages at the recall of the keywords: precision {found['at_recall_of_keywords']:.3f}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
