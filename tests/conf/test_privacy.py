"""Which links identify an account or a tweet of X, and which do not."""

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from conf.privacy import names_somebody

NAMING = (
    "https://twitter.com/quiet_otter_1/status/1266817176687779846",
    "https://twitter.com/quiet_otter_1/status/1266817176687779846/photo/1",
    "https://x.com/quiet_otter_1?s=09",
    "HTTP://Mobile.Twitter.COM/quiet_otter_1",
    "https://twitter.com/i/web/status/1266817176687779846",
    "twitter.com./quiet_otter_1",
    "https://pic.twitter.com/AbCdEf",
    "https://cards.twitter.com/cards/18ce53x2ng3/r3y4",
    "https://web.archive.org/web/2020/https://twitter.com/quiet_otter_1",
    "https://www.example.org/go?to=https%3A%2F%2Fx.com%2Fquiet_otter_1",
    "https://fxtwitter.com/quiet_otter_1",
    "https://nitter.net/quiet_otter_1",
    "https://threadreader.example/thread/1266817176687779846.html",
)
NAMING_NOBODY = (
    "https://a.example",
    "https://t.co/SS5rGqAFGD",
    "http://netflix.com",
    "https://www.500px.com/home",
    "https://lyndon-x.com/",
    "https://x.company.example/x.complete",
    "https://news.example/2020/12345678901234",
)


def test_links_to_x_and_its_ids_name_somebody_and_others_do_not(spark: SparkSession) -> None:
    rows = spark.createDataFrame([(link,) for link in (*NAMING, *NAMING_NOBODY, None)], "link string")
    found = {
        row["link"]: row["is_naming"]
        for row in rows.select("link", names_somebody(F.col("link")).alias("is_naming")).collect()
    }
    assert found == dict.fromkeys(NAMING, True) | dict.fromkeys(NAMING_NOBODY, False) | {None: None}
