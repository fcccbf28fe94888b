"""docs/reference/jobs.md: every job with its docstring and its flags, as argparse gets them."""

from importlib import import_module

from conf.command_line import ENV, Flag
from jobs.__main__ import jobs_by_capability
from runtime.resources import PROJECT
from tools.docs.markdown import code, escape, page, table

INTRO = f"""\
A job is one process. `.venv/bin/python -m jobs` lists them; `.venv/bin/python -m jobs.stream_tweets --help` describes
one. Every job ends with one of the [exit codes](exit_codes.md) and takes `{ENV.name}` ({ENV.help}).
Any flag that is not listed here is an error (exit code 2); a job without a table has no flags of its own."""


def render_jobs() -> str:
    """The page: one section per capability, one part per job."""
    blocks = []
    for capability, jobs in jobs_by_capability(PROJECT / "jobs").items():
        blocks += [f"## {capability.capitalize()}", *(_describe(name, doc) for name, doc in jobs)]
    return page("Jobs", INTRO, *blocks)


def _describe(name: str, doc: str) -> str:
    flags: tuple[Flag, ...] = getattr(import_module(f"jobs.{name}"), "FLAGS", ())
    rows = [(code(f"{flag.name} {_value_of(flag)}".strip()), _help_of(flag)) for flag in flags]
    return "\n\n".join([f"### {name}", escape(doc), *([table(("flag", "meaning"), rows)] if rows else [])])


def _value_of(flag: Flag) -> str:
    """What stands after the flag: its choices, a word for its value, or nothing."""
    if flag.arguments.get("action") == "store_true":
        return ""
    if choices := flag.arguments.get("choices"):
        return "|".join(map(str, choices))
    return str(flag.arguments.get("metavar", flag.name.lstrip("-").replace("-", "_").upper()))


def _help_of(flag: Flag) -> str:
    sources = " or ".join(code(source) for source in flag.sources)
    return escape(flag.help) + (f"; only with `--source` {sources}" if sources else "")
