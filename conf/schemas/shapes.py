"""Row shapes: how a schema is written down, the parts that tables share, and `conform`, the contract of every write."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import (
    ArrayType,
    BinaryType,
    BooleanType,
    DataType,
    DateType,
    DoubleType,
    IntegerType,
    LongType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

_NAMED: dict[str, DataType] = {
    "string": StringType(),
    "strings": ArrayType(StringType()),
    "long": LongType(),
    "int": IntegerType(),
    "double": DoubleType(),
    "boolean": BooleanType(),
    "timestamp": TimestampType(),
    "date": DateType(),
    "bytes": BinaryType(),
}


def shape(**fields: str | DataType) -> StructType:
    """Build a StructType from names and types; a type is a word of `_NAMED` or a DataType."""
    return StructType(
        [StructField(name, _NAMED[kind] if isinstance(kind, str) else kind) for name, kind in fields.items()]
    )


def several(*names: str, kind: str) -> dict[str, str | DataType]:
    """The same type for several columns."""
    return dict.fromkeys(names, kind)


# Where a record stood: its offsets, and the input object it came from (absent on the live path).
OFFSETS: dict[str, str | DataType] = {"topic": "string", "partition": "int", "offset": "long"}


ORIGIN = OFFSETS | several("source", "position", kind="string")


RUN: dict[str, str | DataType] = {"run_id": "long", "as_of": "timestamp"}


METRICS = shape(
    **several(
        "retweet_count", "reply_count", "like_count", "quote_count", "bookmark_count", "impression_count", kind="long"
    )
)


def conform(df: DataFrame, schema: StructType) -> DataFrame:
    """Select exactly `schema`'s columns, cast to its types; ValueError lists the missing columns and wrong types.

    Extra columns are dropped. A cast between unlike kinds (a string into a number, say) is an error here
    rather than a column of nulls in the table.
    """
    given = {field.name: field.dataType for field in df.schema.fields}
    missing = [f"{field.name} is missing" for field in schema.fields if field.name not in given]
    wrong = [
        f"{field.name} is {given[field.name].simpleString()}, not {field.dataType.simpleString()}"
        for field in schema.fields
        if field.name in given and not _holds(given[field.name], field.dataType)
    ]
    if missing or wrong:
        raise ValueError("rows do not fit the table: " + "; ".join(missing + wrong))
    return df.select([F.col(field.name).cast(field.dataType).alias(field.name) for field in schema.fields])


def _holds(given: DataType, wanted: DataType) -> bool:
    """True where a cast keeps every value: the same kind, or any number into a number."""
    numeric = ("int", "bigint", "float", "double")
    if isinstance(given, StructType) and isinstance(wanted, StructType):
        return [field.name for field in given.fields] == [field.name for field in wanted.fields] and all(
            _holds(one.dataType, other.dataType) for one, other in zip(given.fields, wanted.fields, strict=True)
        )
    if isinstance(given, ArrayType) and isinstance(wanted, ArrayType):
        return _holds(given.elementType, wanted.elementType)
    names = (given.simpleString(), wanted.simpleString())
    return names[0] in (names[1], "void") or (names[0] in numeric and names[1] in numeric)
