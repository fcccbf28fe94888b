"""Problem documents in X's format, from `problems.yaml`."""

from typing import Any

from stack.x_emulator.contract import Json, table

HOST = {"2.166": "https://api.twitter.com", "2.167": "https://api.x.com"}


class ApiError(Exception):
    """An answer that is a problem document; `dispatch` sends it."""

    def __init__(self, name: str, errors: list[Json] | None = None, **values: Any) -> None:
        super().__init__(name)
        self.name, self.errors, self.values = name, errors, values

    @property
    def status(self) -> int:
        status: int = table("problems")[self.name]["status"]
        return status

    def document(self, spelling: str) -> Json:
        found = {"errors": self.errors} if self.errors else {}
        return found | problem(self.name, spelling, **self.values)


def problem(name: str, spelling: str = "2.166", **values: Any) -> Json:
    """The document of that name, with `values` in place of its {names}."""
    about = table("problems")[name]
    found: Json = {key: _filled(text, values) for key, text in about.get("more", {}).items()}
    found["title"] = about["title"]
    if "detail" in about:
        found["detail"] = _filled(about["detail"], values)
    kind, host = about["type"], about.get("host", HOST[spelling])
    found["type"] = "about:blank" if kind == "blank" else f"{host}/2/problems/{kind}"
    if about.get("with_status"):
        found["status"] = about["status"]
    return found


def invalid(message: str, **parameters: Any) -> ApiError:
    """400 for an invalid parameter: {"parameters": {name: [value]}, "message": ...}."""
    wrong = {
        name: [str(each) for each in (value if isinstance(value, list) else [value])]
        for name, value in parameters.items()
    }
    return ApiError("invalid_request", [{"parameters": wrong, "message": message}])


def _filled(text: str, values: dict[str, Any]) -> str:
    for name, value in values.items():
        text = text.replace("{" + name + "}", str(value))
    return text
