"""The files that pages load."""

import gzip

import pytest
from django.test import Client

from serving.dashboard.assets import ASSETS, address, load


@pytest.mark.parametrize("name", ASSETS)
def test_an_asset_is_served_to_everybody_and_kept_for_ever(database: None, name: str) -> None:
    response = Client().get(address(name))
    assert response.status_code == 200
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response["Content-Type"] == ASSETS[name][0]
    assert response.content == load(name).content
    packed = Client().get(address(name), headers={"Accept-Encoding": "gzip, br"})
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == load(name).content


@pytest.mark.parametrize("path", ["/assets/000000000000/page.js", "/assets/000000000000/settings.py"])
def test_an_asset_that_is_not_there_is_404(database: None, path: str) -> None:
    assert Client().get(path).status_code == 404


def test_what_is_not_ours_is_what_its_makers_shipped() -> None:
    assert b"version:" in load("htmx.js").content
    assert b"5.5.0" in load("echarts.js").content
