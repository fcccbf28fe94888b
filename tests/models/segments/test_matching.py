"""Which old segment a new one matches, and the events of those without a match."""

from models.segments.matching import Event, agreement, assign_ids, build_events, highest_number, match_segments

HERE, NEAR, FAR = {"a": 0.0, "b": 0.0}, {"a": 0.2, "b": 0.0}, {"a": 3.0, "b": -3.0}


def test_segments_keep_their_ids_when_the_clusterer_numbers_them_otherwise() -> None:
    old, new = {"s01": HERE, "s02": FAR}, {"0": FAR, "1": NEAR}
    together = {("s01", "1"): 90, ("s01", "0"): 10, ("s02", "0"): 80, ("s02", "1"): 5}
    matches = match_segments(old, new, together)
    assert assign_ids(["0", "1"], matches, 2) == {"0": "s02", "1": "s01"}
    (first, second) = sorted(matches, key=lambda match: match.old)
    assert (first.overlap, first.distance) == (0.857143, 0.141421)
    assert second.distance == 0.0
    assert [event.event for event in build_events(old, {"0": "s02", "1": "s01"}, matches, together)] == ["kept", "kept"]


def test_without_common_members_only_centroids_that_hardly_moved_are_the_same() -> None:
    assert len(match_segments({"s01": HERE}, {"0": NEAR}, {})) == 1
    assert match_segments({"s01": HERE}, {"0": {"a": 0.5, "b": 0.5}}, {}) == []


def test_the_same_members_are_the_same_segment_however_far_they_moved() -> None:
    assert len(match_segments({"s01": HERE}, {"0": FAR}, {("s01", "0"): 90})) == 1
    assert match_segments({"s01": HERE}, {"0": FAR}, {("s01", "0"): 30, ("s01", "1"): 70}) == []


def test_a_new_segment_never_takes_an_id_that_was_used() -> None:
    assert assign_ids(["0", "1"], [], highest_number(["s01", "s07"])) == {"0": "s08", "1": "s09"}
    assert assign_ids(["0"], [], highest_number(["s98", "s100", "s99"])) == {"0": "s101"}


def test_what_is_gone_died_and_what_is_new_was_born() -> None:
    together = {("s01", "0"): 100}
    matches = match_segments({"s01": HERE, "s02": FAR}, {"0": HERE, "1": {"a": -3.0, "b": 3.0}}, together)
    ids = assign_ids(["0", "1"], matches, 2)
    events = build_events(["s01", "s02"], ids, matches, together)
    assert [(event.event, event.segment_id) for event in events] == [("kept", "s01"), ("died", "s02"), ("born", "s03")]


def test_a_segment_that_had_died_before_this_fit_returns() -> None:
    matches = match_segments({"s01": HERE, "s02": FAR}, {"0": NEAR}, {})
    ids = assign_ids(["0"], matches, 2)
    assert [(event.event, event.segment_id) for event in build_events([], ids, matches, {})] == [("returned", "s01")]


def test_a_split_and_a_merger_name_who_took_part() -> None:
    together = {("s01", "0"): 60, ("s01", "1"): 40, ("s02", "2"): 50, ("s03", "2"): 50}
    old = {"s01": HERE, "s02": FAR, "s03": FAR}
    matches = match_segments(old, {"0": HERE, "1": NEAR, "2": FAR}, together)
    ids = assign_ids(["0", "1", "2"], matches, 3)
    found = {(event.event, event.segment_id): event.others for event in build_events(old, ids, matches, together)}
    assert found["split", "s01"] == ("s01", "s04")
    assert found["merged", ids["2"]] == ("s02", "s03")
    assert {event for event, _ in found} == {"kept", "died", "born", "split", "merged"}


def test_the_first_fit_bears_every_segment() -> None:
    ids = assign_ids(["4", "2"], match_segments({}, {"4": HERE, "2": FAR}, {}), highest_number(()))
    assert ids == {"4": "s01", "2": "s02"}
    assert build_events([], ids, [], {}) == [Event("born", "s01"), Event("born", "s02")]


def test_the_agreement_of_two_fits_needs_common_members() -> None:
    assert agreement({}) is None
    assert agreement({("s01", "0"): 50, ("s02", "1"): 50}) == 1.0
    assert abs(agreement({("s01", "0"): 25, ("s01", "1"): 25, ("s02", "0"): 25, ("s02", "1"): 25}) or 0.0) < 0.02
