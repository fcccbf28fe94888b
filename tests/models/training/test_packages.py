import pytest

from models.training.packages import require_train_extra
from runtime.errors import MissingPrerequisite


def test_missing_packages_are_named_with_the_command_that_installs_them() -> None:
    with pytest.raises(MissingPrerequisite, match=r"needs no_such_package: run `make setup-train`"):
        require_train_extra(("json", "no_such_package"))


def test_nothing_missing_is_no_error() -> None:
    require_train_extra(("json",))
