"""What the recognisers find in a text before it is masked: what an agent needs, and masking may hide."""

from pyspark.sql import Column
from pyspark.sql import functions as F

from models.annotation.text.recognisers import recognised_column


def details_column(text: Column) -> Column:
    """Raw text -> array<struct<kind, text>>, distinct, in the order of the text; null for null."""
    found = recognised_column(text)
    return F.array_distinct(F.transform(found, lambda each: F.struct(each["kind"], each["text"])))
