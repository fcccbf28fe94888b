"""The watch on the rate of tweets."""

from pipelines.sources.x.stream.rate import RateWatch


def news(per_minute: list[int], share: float = 0.1) -> list[tuple[int, str]]:
    """(minute, what was said) for a stream of so many tweets a minute."""
    watch, count, said = RateWatch(share), 0, []
    watch.look(0.0, 0)
    for minute, tweets in enumerate(per_minute, 1):
        count += tweets
        word = watch.look(60.0 * minute, count)
        said += [(minute, word)] if word else []
    return said


def test_a_stream_that_nearly_dries_up_is_told_once_and_again_when_it_is_back() -> None:
    assert news([600] * 20 + [12] * 30 + [600]) == [(21, "quiet"), (51, "back")]


def test_a_slow_decline_to_a_usual_night_is_no_news() -> None:
    assert news([round(600 * 0.9**minute) + 20 for minute in range(60)]) == []


def test_little_is_said_of_what_is_not_known_well() -> None:
    assert news([600] * 5 + [0] * 5) == []
    assert news([5] * 30 + [0] * 5) == []
    assert news([600] * 20 + [0] * 5, share=0.0) == []
