"""The words in which sources, models and hops speak of an erasure."""

TWEET, AUTHOR = "tweet", "author"
"""What a notice, and a tombstone, is about."""
EDIT, SCRUB = "edit", "scrub_geo"
"""The kinds that do not take the tweet itself: the one takes older versions, the other a place."""
