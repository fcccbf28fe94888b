"""Look-ups in `p`, the payload read by the tolerant schema: the first path that is there, references, entities."""

from pyspark.sql import Column
from pyspark.sql import functions as F


def first_of(*names: str) -> Column:
    return F.coalesce(*(F.col(name) for name in names))


def find_first(listed: str, key: str, value: Column) -> Column:
    """The first struct of the array `listed` whose field `key` is `value`; null when there is none."""
    return F.get(F.filter(listed, lambda each: each[key] == value), F.lit(0))


def references() -> Column:
    return first_of("p.data.referenced_tweets", "p.data.referenced_posts", "p.referenced_tweets", "p.referenced_posts")


def reference_id(kind: str) -> Column:
    return find_first("r", "type", F.lit(kind))["id"]


def _entities(name: str) -> Column:
    """The entities of the whole text: of a long post those of its note."""
    notes = [f"{place}{note}.entities" for place in ("data.", "") for note in ("note_tweet", "note_post")]
    return first_of(*(f"p.{each}.{name}" for each in (*notes, "data.entities", "extended_tweet.entities", "entities")))


def _original_entities(name: str) -> Column:
    """The entities of the tweet that a retweet repeats, whose own text is cut."""
    included = included_original()
    paths = [included[note]["entities"][name] for note in ("note_tweet", "note_post")]
    v1 = [f"p.retweeted_status.{place}.{name}" for place in ("extended_tweet.entities", "entities")]
    return F.coalesce(*paths, included["entities"][name], *(F.col(path) for path in v1))


def included_original() -> Column:
    referenced = reference_id("retweeted")
    return F.coalesce(
        find_first("p.includes.tweets", "id", referenced),
        find_first("p.includes.posts", "id", referenced),
    )


def v1_retweeted() -> Column:
    return first_of("p.retweeted_status.id_str", "p.retweeted_status.id")


def listed_entities(names: tuple[str, ...], *fields: str) -> Column:
    """The first of `fields` that each entity has, of a tweet and of what it retweets; the others are dropped."""
    own = F.coalesce(*(_values(_entities(name), fields) for name in names))
    original = F.coalesce(*(_values(_original_entities(name), fields) for name in names))
    return F.coalesce(F.array_union(own, original), own, original)


def _values(entities: Column, fields: tuple[str, ...]) -> Column:
    named = F.transform(entities, lambda each: F.coalesce(*(each[field] for field in fields)))
    return F.filter(named, lambda each: each.isNotNull())
