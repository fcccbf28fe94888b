"""What is known about an author, in coarse figures. Every read of these belongs in the audit log."""

from conf.settings import Settings
from pipelines.sources.mongo import Ids
from serving.readers.rows import Page, Rows, read_row, read_rows

NAME = "author_profiles"


def read_profiles(settings: Settings, brand: str, page: Page) -> Rows:
    """The profiles of the brand's authors, by author key."""
    return read_rows(settings, NAME, Ids.under(brand), page)


def read_profile(settings: Settings, brand: str, author_key: str) -> Rows:
    return read_row(settings, NAME, f"{brand}:{author_key}")
