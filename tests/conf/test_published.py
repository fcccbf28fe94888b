"""The map of the document store: complete, and in agreement with the map of the lake."""

from importlib import import_module

from conf.published import COLLECTIONS
from conf.tables import KEY_COLUMNS, KEY_LISTS, TABLES
from pipelines.influence import publish_influencers
from pipelines.profiles.publish_authors import DOCUMENT
from pipelines.trends import publish_operations
from runtime.resources import PROJECT


def published_names() -> list[str]:
    """The names that the hops publish."""
    hops = sorted(PROJECT.glob("pipelines/*/publish_*.py"))
    modules = [import_module(".".join(hop.relative_to(PROJECT).with_suffix("").parts)) for hop in hops]
    return [name for module in modules for name in getattr(module, "NAMES", None) or (module.NAME,)]


def test_every_published_name_says_how_an_erasure_reaches_it() -> None:
    assert sorted(published_names()) == sorted(COLLECTIONS)


def test_a_collection_is_erased_like_the_table_that_it_shows() -> None:
    shown = {name: f"gold.{name}" for name in COLLECTIONS if f"gold.{name}" in TABLES} | {"trends": "gold.brand_trends"}
    del shown["cascades"]  # a document is a whole conversation: it is erased with the author of the first tweet
    assert set(COLLECTIONS) - set(shown) == {"live", "operations", "cascades"}
    assert {name: COLLECTIONS[name] for name in shown} == {name: TABLES[table].erasure for name, table in shown.items()}


def test_no_document_has_a_key_that_an_erasure_does_not_look_for() -> None:
    keys = {*KEY_COLUMNS, *KEY_LISTS}
    columns = {
        f"gold.{name}": set(TABLES[f"gold.{name}"].schema.fieldNames()) for name in COLLECTIONS if "segment" in name
    }
    columns |= {"trends": set(TABLES["gold.brand_trends"].schema.fieldNames())}
    columns |= {"operations": set(publish_operations.DOCUMENT.fieldNames())}
    assert {name: found & keys for name, found in columns.items() if found & keys} == {}
    assert set(DOCUMENT) & keys == {"author_key"}
    assert {*publish_influencers.FIGURES, *publish_influencers.OF_CASCADES} & keys == set()
