"""Authors, computed from their number when needed, never stored."""

from bisect import bisect_right
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate
from math import gcd
from random import Random

from generator.seeds import iso, lognormal, seeded, snowflake
from generator.world import HOUR_MS, Region, Segment, World, draw

CIRCLE_SIZE = 12
DAY_MS = 24 * HOUR_MS


def _words(listed: str) -> list[str]:
    return listed.split()


_ADJECTIVES = _words(
    "amber brisk calm dusky eager fuzzy giddy hazel icy jolly keen lanky mossy noble olive perky quiet rusty sunny "
    "tidy upset vivid windy zesty blue coral dizzy early faint grey humid inky lucky misty neat odd plain rapid salty"
)
_NOUNS = _words(
    "otter kite lamp pebble comet fern gull heron ivy jelly koala lemon maple newt onion panda quill raven spoon "
    "teapot tulip vole walnut yak zebra acorn badger cactus daisy ember finch gravel hammer "
    "island kettle lily mango nutmeg"
)
_ABOUT = (
    "", "", "mostly {noun}s and tea", "{adjective} by name", "opinions are borrowed", "here for the replies",
    "{noun} enthusiast", "just looking", "tweets about trains, {noun}s and lunch", "part-time {noun}, full-time tired",
)  # fmt: skip
_NOWHERE = ("", "", "", "everywhere", "🌍", "somewhere nice", "the internet", "between meetings", "earth (mostly)")


@dataclass(frozen=True, slots=True)
class Author:
    """One account. ``place`` is the location as its owner typed it; counts are those at the start of the span."""

    number: int
    brand: int
    segment: Segment
    circle: int
    region: Region
    user_id: str
    username: str
    name: str
    about: str
    place: str
    language: str
    created_at: str
    followers: int
    following: int
    tweets: int
    daily: float
    verified: bool
    casing: str
    care: float
    shift: int


@dataclass(frozen=True, slots=True)
class Cell:
    """The consecutive author numbers of one brand and segment."""

    brand: int
    segment: int
    first: int
    size: int


class Crowd:
    """All authors of a world, found by number, brand, segment or circle without a list."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.cells = _cells(world)
        self._firsts = [cell.first for cell in self.cells]
        self._of_brand = [[c for c in self.cells if c.brand == b] for b in range(len(world.brands))]
        self._volumes = [
            list(
                accumulate(s.volume * s.share * s.actions["original"] * _awake(world, s, hour) for s in world.segments)
            )
            for hour in range(24)
        ]
        self._regions = list(accumulate(region.weight for region in world.regions))
        self._sizes = [sum(cell.size for cell in cells) for cells in self._of_brand]
        self.author = lru_cache(maxsize=4096)(self._author)

    @property
    def size(self) -> int:
        """The number of authors."""
        return self.cells[-1].first + self.cells[-1].size

    def pick(self, rng: Random, brand: int, hour: int, region: str | None = None) -> Author:
        """An author who tweets about a brand at an hour of the day (UTC), from the region if one is given."""
        cumulative = self._volumes[hour]
        for _ in range(12 if region else 4):
            segment = bisect_right(cumulative, rng.random() * cumulative[-1])
            cell = self._of_brand[brand][min(segment, len(cumulative) - 1)]
            author = self.author(cell.first + int(cell.size * rng.random() ** 1.6))
            local = (hour + author.region.offset + author.shift) % 24
            is_near = region is None or author.region.key == region or rng.random() < 0.1
            if is_near and rng.random() < author.segment.activity(local):
                return author
        return author

    def fellow(self, rng: Random, author: Author, action: str) -> Author:
        """An author who reacts to ``author``: in 3 of 4 cases from the same circle, otherwise of the same brand."""
        for _ in range(6):
            fellow = self._mate(rng, author) if rng.random() < 0.75 else self._stranger(rng, author.brand)
            if fellow.number != author.number and rng.random() * 2.6 < fellow.segment.actions[action]:
                return fellow
        return fellow

    def _mate(self, rng: Random, author: Author) -> Author:
        first, size = self._of_brand[author.brand][0].first, self._sizes[author.brand]
        seat = author.circle * CIRCLE_SIZE + rng.randrange(CIRCLE_SIZE)
        return self.author(first + seat * _back(size) % size)

    def _stranger(self, rng: Random, brand: int) -> Author:
        cell = rng.choice(self._of_brand[brand])
        return self.author(cell.first + int(cell.size * rng.random() ** 1.6))

    def _author(self, number: int) -> Author:
        world = self.world
        cell = self.cells[bisect_right(self._firsts, number) - 1]
        segment = world.segments[cell.segment]
        size = self._sizes[cell.brand]
        local = number - self._of_brand[cell.brand][0].first
        rng = seeded(world.seed, "author", number)
        region = rng.choices(world.regions, cum_weights=self._regions)[0]
        age_ms = int(min(lognormal(rng, *segment.age_days), 5300.0) * DAY_MS)
        created_ms = world.starts_ms - max(DAY_MS, age_ms) - rng.randrange(DAY_MS)
        username, name = _names(rng, number, self.size)
        return Author(
            number=number,
            brand=cell.brand,
            segment=segment,
            circle=local * _stride(size) % size // CIRCLE_SIZE,
            region=region,
            user_id=str(snowflake(created_ms, number)),
            username=username,
            name=name,
            about=rng.choice(_ABOUT).format(noun=rng.choice(_NOUNS), adjective=rng.choice(_ADJECTIVES)),
            place=rng.choice(region.spellings) if rng.random() < 0.72 else rng.choice(_NOWHERE),
            language=draw(rng, region.languages),
            created_at=iso(created_ms),
            followers=int(lognormal(rng, *segment.followers)),
            following=int(lognormal(rng, *segment.following)),
            tweets=int(lognormal(rng, *segment.tweets)),
            daily=lognormal(rng, 2.0 * segment.volume, 0.6),
            verified=rng.random() < segment.verified,
            casing=rng.choices(("sentence", "lower", "asis"), (0.5, 0.34, 0.16))[0],
            care=rng.random(),
            shift=rng.choice((-1, 0, 0, 0, 1)),
        )


def brand_account(world: World, brand: int) -> Author:
    """The brand's own account; its number is negative."""
    known = world.brands[brand]
    rng = seeded(world.seed, "account", known.slug)
    segment = replace(world.segments[0], name="brand_account", moods={"promo": 1.0}, volume=6.0)
    created_ms = world.starts_ms - rng.randrange(3000, 5200) * DAY_MS
    return Author(
        number=-1 - brand,
        brand=brand,
        segment=segment,
        circle=-1,
        region=world.regions[0],
        user_id=str(snowflake(created_ms, brand)),
        username=known.handle,
        name=known.name,
        about=f"The {known.industry} people. We answer every day, 7 to 22.",
        place=world.regions[0].spellings[0],
        language="en",
        created_at=iso(created_ms),
        followers=rng.randrange(60_000, 400_000),
        following=rng.randrange(100, 2000),
        tweets=rng.randrange(40_000, 300_000),
        daily=60.0,
        verified=True,
        casing="sentence",
        care=0.95,
        shift=0,
    )


def _awake(world: World, segment: Segment, hour: int) -> float:
    total = sum(region.weight for region in world.regions)
    return sum(region.weight * segment.activity(hour + region.offset) for region in world.regions) / total


def _cells(world: World) -> list[Cell]:
    weights = [brand.weight**0.5 for brand in world.brands]
    shares = [segment.share for segment in world.segments]
    cells: list[Cell] = []
    first = 0
    for brand, weight in enumerate(weights):
        for number, share in enumerate(shares):
            size = max(CIRCLE_SIZE, round(world.scenario.authors * weight / sum(weights) * share / sum(shares)))
            cells.append(Cell(brand, number, first, size))
            first += size
    return cells


@lru_cache(maxsize=64)
def _stride(size: int) -> int:
    """A step that visits each of ``size`` seats once, so that a circle mixes the segments."""
    step = int(size * 0.618) | 1
    while gcd(step, size) != 1:
        step += 1
    return step


@lru_cache(maxsize=64)
def _back(size: int) -> int:
    """The inverse of ``_stride`` modulo ``size``."""
    return pow(_stride(size), -1, size)


def _names(rng: Random, number: int, size: int) -> tuple[str, str]:
    digits = str(number * _stride(max(100, size)) % max(100, size)).zfill(3)
    adjective, noun = rng.choice(_ADJECTIVES), rng.choice(_NOUNS)
    words = f"{adjective}{noun}" if len(adjective) + len(noun) + len(digits) <= 15 else noun
    handle = f"{words}{digits}"
    return rng.choice((handle, handle, handle.capitalize())), rng.choice((f"{adjective} {noun}", noun.title(), handle))
