"""The catalogue holds what a page shows for an id, whoever asks, and is made again only when its products change."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

import sandbox
from sandbox.catalogue import Product, catalogue_of, roles_of
from sandbox.catalogue.store import Catalogue, write
from sandbox.errors import OutsideError

SCENARIO = """
sandbox: 1
name: small
seed: 3
clock: {start: 2026-01-01, days: 2}
datasets:
  goods:
    rows: 40
    static: true
    key: sku
    columns:
      sku: {serial: "S{:03d}"}
      item_name: {fake: {provider: catch_phrase, pool: 40}}
      owner_name: {fake: name, pii: true}
      genre: {choice: {mug: 3, lamp: 2}}
      unit_price: {uniform: [1, 9], decimals: 2}
      weight: {uniform: [1, 9], decimals: 1}
"""


@pytest.fixture
def small(tmp_path):
    (tmp_path / "small.yaml").write_text(SCENARIO)
    return tmp_path / "small.yaml"


def test_columns_find_their_roles_and_personal_ones_none(small):
    roles = roles_of(sandbox.load(small).plan.datasets["goods"].contract)
    assert (roles.key, roles.title, roles.category, roles.price) == ("sku", "item_name", "genre", "unit_price")
    assert roles.facts == ("weight",)


def test_every_product_of_the_scenario_is_there_with_its_picture(small, tmp_path):
    scenario = sandbox.load(small)
    catalogue = catalogue_of(scenario.plan, "goods", tmp_path / "c.sqlite")
    rows = scenario.table("goods").to_pylist()
    found = catalogue.products([row["sku"] for row in rows])
    assert [(p.id, p.title, p.category, p.price, p.facts["weight"]) for p in found] == [
        (row["sku"], row["item_name"], row["genre"], row["unit_price"], row["weight"]) for row in rows
    ]
    assert len({catalogue.picture(product.id) for product in found}) == 40
    assert "owner" not in str(found)
    assert catalogue.picture("nobody") is None


def test_it_is_made_again_when_the_scenario_says_otherwise_and_only_then(small, tmp_path):
    file = tmp_path / "c.sqlite"
    catalogue_of(sandbox.load(small).plan, "goods", file)
    made = file.stat().st_ino
    catalogue_of(sandbox.load(small).plan, "goods", file)
    assert file.stat().st_ino == made
    assert len(catalogue_of(sandbox.load(small, set={"datasets.goods.rows": 7}).plan, "goods", file)) == 7


def test_a_file_that_is_no_catalogue_is_replaced(small, tmp_path):
    file = tmp_path / "c.sqlite"
    file.write_bytes(b"SQLite format 3\0 and then nothing of the kind" * 40)
    assert len(catalogue_of(sandbox.load(small).plan, "goods", file)) == 40
    assert [path.name for path in tmp_path.glob("c.sqlite*")] == ["c.sqlite"]


def test_pages_are_cut_by_category_and_words_whatever_signs_these_have(tmp_path):
    told = [("a", "Half 50% off", "mug"), ("b", "50 pieces", "mug"), ("c", "a_b", "lamp"), ("d", "axb", "lamp")]
    catalogue = write(tmp_path / "c.sqlite", "x", [(Product(i, t, c, None, {}), "<svg/>") for i, t, c in told])
    assert [p.id for p in catalogue.page(words="50%")] == ["a"]
    assert [p.id for p in catalogue.page(words="a_b")] == ["c"]
    assert [p.id for p in catalogue.page("mug", "pieces 50")] == ["b"]
    assert [p.id for p in catalogue.page(words="' OR 1=1 --")] == []
    assert [p.id for p in catalogue.page(first=1, many=2)] == ["b", "c"]
    assert catalogue.categories() == [("lamp", 2), ("mug", 2)]
    assert [p.id for p in catalogue.products(["d", "nobody", "a"])] == ["d", "a"]


def test_many_threads_read_at_once(small, tmp_path):
    catalogue = catalogue_of(sandbox.load(small).plan, "goods", tmp_path / "c.sqlite")
    ids = [product.id for product in catalogue.page(many=40)]
    with ThreadPoolExecutor(8) as threads:
        pictures = list(threads.map(catalogue.picture, ids * 20))
    assert pictures == [catalogue.picture(id_) for id_ in ids] * 20


def test_where_nothing_can_be_written_it_says_so_and_leaves_nothing(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(OutsideError, match=r"cannot be written"):
        write(tmp_path / "taken" / "c.sqlite", "x", [])
    with pytest.raises(OutsideError, match=r"cannot be read"):
        Catalogue(tmp_path / "nowhere.sqlite").page()
