"""Results of benchmarks.reidentification in words."""

from collections.abc import Callable, Iterator

from benchmarks.figures import Figures

WORLDS = ("generated", "people")


def attacks(world: str) -> Callable[[Figures], str]:
    """Found of tried by each attack on a world, with the 95 % upper bound, and with the protection off."""

    def words(figures: Figures) -> str:
        found = figures[world]
        protected = [f"{name} {_trials(each)} ({each['upper_bound']:.2%})" for name, each in found["ways"].items()]
        open_ways = [f"{name} {_trials(each)}" for name, each in found["ways_unprotected"].items()]
        return f"{', '.join(protected)}; with protection off: {', '.join(open_ways)}"

    return words


def seen(figures: Figures) -> str:
    found = figures["trends"]
    return f"{_trials(found['seen_by_count'])}; {_trials(found['seen_by_recomputation'])}"


def unique(figures: Figures) -> str:
    return "; ".join(
        f"{world}: {figures[world]['unique_documents']:.1%} of documents, {figures[world]['unique_profiles']:.1%} of "
        "exact profiles"
        for world in WORLDS
    )


def all_attacks(figures: Figures) -> str:
    ways = [each for world in WORLDS for each in _ways(figures, world)]
    return f"{sum(each['linked'] for each in ways)} found in {sum(each['tried'] for each in ways):,} attempts"


def finds_nobody(*worlds: str) -> Callable[[Figures], bool]:
    """Whether no attack on the worlds identified anybody."""
    return lambda figures: not any(each["linked"] for world in worlds for each in _ways(figures, world))


def _ways(figures: Figures, world: str) -> Iterator[Figures]:
    yield from figures[world]["ways"].values()


def _trials(each: Figures) -> str:
    return f"{each['linked']} of {each['tried']:,}"
