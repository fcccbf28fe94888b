"""What arrives right now?"""

from conf.settings import Settings
from pipelines.sources.mongo import Document, read_document

NAME = "live"


def read_live(settings: Settings, brand: str) -> Document | None:
    """The last minutes of the brand; None before the first. Updated in place, so it belongs to no run."""
    return read_document(settings, NAME, brand)
