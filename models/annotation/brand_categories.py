"""The brand's own categories: the common category of silver.tweets and the masked text -> the brand's name for it.

Pure columns for hops that answer for one brand; what the rules mean is in `conf.brand.files`.
"""

from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from conf.brand.files import AddedCategory, Categories
from conf.brand.phrases import LINE_BREAKS, whole_words

BRAND_CATEGORY = "brand_category"


def with_brand_category(tweets: DataFrame, brand: str, rules: Categories) -> DataFrame:
    """Set `brand_category` (string) where the column `brand` is `brand`, from category.label and the masked text.

    Rows of other brands keep their `brand_category`, or else get the common one, so that a hop over several brands can
    apply the rules of one after the other. A null category stays null.
    """
    common = F.col(BRAND_CATEGORY if BRAND_CATEGORY in tweets.columns else "category.label")
    own = brand_category_column(F.col("category.label"), F.col("text"), rules)
    return tweets.withColumn(BRAND_CATEGORY, F.when(F.col("brand") == brand, own).otherwise(common))


def brand_category_column(label: Column, text: Column, rules: Categories) -> Column:
    """The brand's category for a common `label` and a masked `text`: the first rule that matches, else its own name.

    A null label stays null; a label without a rule stays as it is; a null text matches no rule.
    """
    renamed = {common: own for common, own in rules.own_names.items() if common != own}
    named = F.coalesce(*[F.when(label == common, own) for common, own in renamed.items()], label)
    lowered = F.translate(F.lower(text), LINE_BREAKS, " " * len(LINE_BREAKS))
    return reduce(
        lambda below, rule: F.when(_applies(rule, label, lowered), rule.name).otherwise(below),
        reversed(rules.add),
        named,
    )


def _applies(rule: AddedCategory, label: Column, lowered: Column) -> Column:
    return label.isin(*rule.sources) & lowered.rlike(whole_words(rule.when))
