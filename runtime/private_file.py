"""A file with a secret: created once, readable by its owner only."""

import os
import tempfile
from pathlib import Path


def create_once(file: Path, text: str) -> None:
    """Write the file atomically; of several concurrent callers the first one's file is kept."""
    descriptor, draft = tempfile.mkstemp(dir=file.parent)  # readable by its owner only
    with os.fdopen(descriptor, "w") as output:
        output.write(text)
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        os.unlink(draft)
