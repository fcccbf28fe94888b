"""Commands in Markdown pages: found in code, and parsed by the arguments of the job or module that they start."""

import argparse
import re
import runpy
import shlex
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from unittest.mock import patch

from conf.command_line import parse_options
from runtime.resources import PROJECT

JOBS = {file.stem for file in (PROJECT / "jobs").glob("[a-z]*.py")}
OTHERS = {"pytest", "venv", "pip"}
"""Modules that are not of the project."""
OF_DJANGO = {"check", "help", "migrate"}
_BLOCK = re.compile(r"^```(?P<info>[^\n]*)\n(?P<code>.*?)^```$", re.M | re.S)
_COMMAND = re.compile(r"(\S*python(3\.11)? -m |make |jobs[/.]|\w+ --|\w+$)")


def blocks(page: str, info: str) -> list[str]:
    """The fenced blocks whose first line is ```info."""
    return [found["code"] for found in _BLOCK.finditer(page) if found["info"].strip() == info]


def commands(page: str) -> Iterator[list[str]]:
    """Every command of the page's shell blocks and inline code, as words."""
    for code in [*blocks(page, "bash"), *blocks(page, "bash run")]:
        for line in code.replace("\\\n", " ").splitlines():
            yield from _split(line)
    for code in re.findall(r"`([^`\n]+)`", _BLOCK.sub("", page)):
        if _COMMAND.match(code):
            yield from _split(code)


def _split(line: str) -> Iterator[list[str]]:
    """The simple commands of a line: those in $(...), then those between | ; and &, without assignments."""
    nested = re.compile(r"\$\(([^()]*)\)")
    for inner in nested.findall(line):
        yield from _split(inner)
    lexer = shlex.shlex(nested.sub("nested", line), posix=True, punctuation_chars=";|&")
    lexer.whitespace_split = True
    words: list[str] = []
    for word in [*lexer, ";"]:
        if set(word) <= set(";|&"):
            if words:
                yield words
            words = []
        elif words or not re.match(r"[A-Z_]+=", word):
            words.append(word)


def faults(command: list[str]) -> list[str]:
    """What is wrong with a command of the project; empty for a correct command, and for those of others."""
    if command[0] == "make":
        makefile = (PROJECT / "Makefile").read_text("utf-8")
        targets = [word for word in command[1:] if "=" not in word and not word.startswith("-")]
        return [f"no target {name}" for name in targets if not re.search(rf"^{name}:", makefile, re.M)]
    if re.search(r"python(3\.11)?$", command[0]) and command[1:2] == ["-m"]:
        return _faults_of_module(command[2], command[3:])
    for place, word in enumerate(command):
        if match := re.fullmatch(r"(?:jobs[/.])?(\w+?)(?:\.py)?", word):
            is_file = word.startswith(("jobs/", "jobs."))
            if is_file or (place == 0 and match[1] in JOBS):
                return _faults_of_module(f"jobs.{match[1]}", command[place + 1 :])
    return []


def _faults_of_module(name: str, arguments: list[str]) -> list[str]:
    if name in OTHERS:
        return []
    if not (file := _file_of(name)):
        return [f"no module {name}"]
    if name.startswith("jobs."):
        return _parse_job(name, arguments)
    if not arguments:  # named in a sentence
        return []
    if name == "serving":
        return _faults_of_django(arguments)
    if "ArgumentParser" in file.read_text("utf-8"):
        return _parse_module(name, arguments)
    return [f"{name} takes no arguments"]


def _faults_of_django(arguments: list[str]) -> list[str]:
    """Of a command of ours, Django's own are not looked at; its parser needs Django set up, so flags are only read."""
    name, *given = arguments[2:] if arguments[0] == "--env" else arguments
    if name in OF_DJANGO or (name.isupper() and not given):
        return []
    file = next(PROJECT.glob(f"serving/*/management/commands/{name}.py"), None)
    if not file:
        return [f"serving has no command {name}"]
    text = file.read_text("utf-8")
    flags = [word.split("=")[0] for word in given if word.startswith("--")]
    return [f"{name} has no flag {flag}" for flag in flags if f'"{flag}"' not in text]


def _file_of(name: str) -> Path | None:
    path = PROJECT / name.replace(".", "/")
    return next((file for file in (path.with_suffix(".py"), path / "__main__.py") if file.exists()), None)


def _parse_job(name: str, arguments: list[str]) -> list[str]:
    try:
        parse_options("", arguments, getattr(import_module(name), "FLAGS", ()))
    except SystemExit as ended:
        return [f"{name} rejects {arguments}"] if ended.code else []
    return []


class _Parsed(BaseException):
    """Raised in the place of the work that follows parsing."""


def _parse_module(name: str, arguments: list[str]) -> list[str]:
    parse = argparse.ArgumentParser.parse_args

    def parse_only(parser: argparse.ArgumentParser, given: list[str] | None = None) -> argparse.Namespace:
        parse(parser, given)
        raise _Parsed

    with patch.object(argparse.ArgumentParser, "parse_args", parse_only), patch.object(sys, "argv", [name, *arguments]):
        try:
            runpy.run_module(name, run_name="__main__")
        except _Parsed:
            return []
        except SystemExit as ended:
            return [f"{name} rejects {arguments}"] if ended.code else []
    return [f"{name} did not parse its arguments"]
