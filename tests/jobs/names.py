"""The jobs, by the files of the package."""

from runtime.resources import PROJECT

JOBS = sorted(file.stem for file in (PROJECT / "jobs").glob("[a-z]*.py"))
