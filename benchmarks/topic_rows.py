"""The measured results of topics and alerts."""

from benchmarks import attack_figures as a
from benchmarks import topic_figures as t
from benchmarks.result_rows import Row

TOPIC_ROWS = (
    Row(
        "Ten topics of tweets about banks and to airlines, best of five seeds, with c_v of the baselines",
        "topics",
        t.topics,
        "c_v 0.60, diversity 0.7, 25 % unclassified",
        t.are_coherent,
    ),
    Row(
        "Planted incidents of a generated quarter that raise an alert",
        "alerts",
        t.alerts,
        "recall 0.9, 1 false per week",
        t.are_found,
    ),
    Row("The steps of the Higgs announcement, July 2012, by volume", "alerts", t.higgs, "both", t.finds_steps),
    Row(
        "Cleaning rules on planted tweets and as many look-alikes: precision (recall)",
        "cleaning",
        t.cleaning,
    ),
    Row("What the cleaning rules flag of real texts", "cleaning", t.flagged),
    Row(
        "Twelve weekly refits with nothing changed; a planted new topic",
        "topic_weeks",
        t.weeks,
        "95 %, 120 min",
        t.are_stable,
    ),
    Row("Tweets assigned to topics", "topic_scale", t.assignment, "at most linear", t.is_linear),
    Row(
        "People identified by topics, their terms and alerts of a generated week",
        "reidentification_topics",
        a.attacks("topics"),
        "0",
        a.finds_nobody("topics"),
    ),
)
