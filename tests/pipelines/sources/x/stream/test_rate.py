"""The watch on the rate of the stream."""

from pipelines.sources.x.stream.rate import RateWatch


def changes_of(per_minute: list[int], share: float = 0.1) -> list[tuple[int, str]]:
    """(minute, change) for a stream with these tweets per minute."""
    watch, count, changes = RateWatch(share), 0, []
    watch.update(0.0, 0)
    for minute, tweets in enumerate(per_minute, 1):
        count += tweets
        change = watch.update(60.0 * minute, count)
        changes += [(minute, change)] if change else []
    return changes


def test_a_stream_that_nearly_dries_up_is_told_once_and_again_when_it_is_back() -> None:
    assert changes_of([600] * 20 + [12] * 30 + [600]) == [(21, "low"), (51, "normal")]


def test_a_slow_decline_to_a_usual_night_is_no_news() -> None:
    assert changes_of([round(600 * 0.9**minute) + 20 for minute in range(60)]) == []


def test_little_is_said_of_what_is_not_known_well() -> None:
    assert changes_of([600] * 5 + [0] * 5) == []
    assert changes_of([5] * 30 + [0] * 5) == []
    assert changes_of([600] * 20 + [0] * 5, share=0.0) == []
