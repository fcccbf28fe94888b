"""Which brands are there?"""

from datetime import datetime

from conf.brand.files import read_brand, read_brands
from conf.settings import Settings
from pipelines.sources.mongo import Document, Ids, read_run
from serving.readers import trends
from serving.readers.rows import Rows, in_one_run


def read_brands_of(slugs: set[str]) -> list[Document]:
    """The brands with these names, by name, with what their files say."""
    return [_described(slug) for slug in sorted(slugs)]


def known_brands(settings: Settings) -> set[str]:
    """The brands with a file, and those with published trends."""
    published = in_one_run(settings, trends.NAME, lambda run, as_of: _brands_of_run(settings, run, as_of))
    return {row["brand"] for row in published.rows} | read_brands().keys()


def _brands_of_run(settings: Settings, run: int, as_of: datetime) -> Rows:
    """The first document of each brand, found by skipping from one brand's ids to the next."""
    found: list[Document] = []
    while row := read_run(settings, trends.NAME, run, Ids(f"{found[-1]['brand']};" if found else ""), limit=1):
        found += row
    return Rows(run, as_of, found)


def _described(slug: str) -> Document:
    brand = read_brand(slug)
    return {"brand": slug, "handle": brand.handle, "names": brand.names, "competitors": brand.competitors}
