"""The simulated shop's articles in H&M's raw schema."""

from typing import Final

import numpy as np
import pandas as pd

from traindy.simulate import real
from traindy.simulate.articles import Articles

TYPES: Final = (
    ("Dress", "Garment Full body"), ("Top", "Garment Upper body"), ("Sweater", "Garment Upper body"),
    ("Trousers", "Garment Lower body"), ("Skirt", "Garment Lower body"), ("Shirt", "Garment Upper body"),
    ("Jacket", "Garment Upper body"), ("Bikini top", "Swimwear"), ("Swimwear bottom", "Swimwear"),
    ("Bra", "Underwear"), ("Underwear bottom", "Underwear"), ("Socks", "Socks & Tights"),
    ("Bag", "Accessories"), ("Shoes", "Shoes"), ("Pyjama set", "Nightwear"), ("Shorts", "Garment Lower body"),
)  # fmt: skip
COLOURS: Final = (
    ("Black", "Dark", "Black"), ("White", "Light", "White"), ("Dark Blue", "Dark", "Blue"),
    ("Light Pink", "Dusty Light", "Pink"), ("Grey", "Medium", "Grey"), ("Red", "Bright", "Red"),
    ("Beige", "Medium Dusty", "Beige"), ("Green", "Medium", "Green"), ("Yellow", "Bright", "Yellow"),
    ("Light Blue", "Dusty Light", "Blue"), ("Dark Red", "Dark", "Red"), ("Off White", "Light", "White"),
)  # fmt: skip
PATTERNS: Final = ("Solid", "All over pattern", "Stripe", "Melange", "Denim", "Check", "Lace", "Front print")
SYLLABLES: Final = (
    "Al", "Be", "Co", "Di", "El", "Fa", "Gi", "Ha", "Io", "Ju", "Ka", "Li", "Mo", "Na", "Ol", "Pe",
)  # fmt: skip


def article_ids(articles: Articles, rng: np.random.Generator) -> np.ndarray:
    """Ten digits, the first seven the product's code; later products have higher codes."""
    launched = articles.appeal.argmax(0)
    first_week = np.full(int(articles.product[-1]) + 1, len(articles.appeal))
    np.minimum.at(first_week, articles.product, launched)
    rank = np.empty(len(first_week), np.int64)
    rank[np.argsort(first_week, kind="stable")] = np.arange(len(first_week))
    code = (
        108_775
        + rank * max(1, 800_000 // len(rank))
        + rng.integers(0, max(1, 800_000 // len(rank)), len(rank))
    )
    variant = np.arange(len(articles.product)) - np.searchsorted(articles.product, articles.product)
    return np.char.mod("%010d", code[articles.product] * 1000 + variant + 1)


def article_table(articles: Articles, ids: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """articles.csv: every column of H&M's file, levels nested as there."""
    n, n_products, n_lines = len(ids), int(articles.product[-1]) + 1, int(articles.line[-1]) + 1
    kind = rng.integers(0, len(TYPES), n_products)[articles.product]
    colour = rng.integers(0, len(COLOURS), n)
    pattern = rng.choice(len(PATTERNS), n_lines, p=[0.5, 0.16, 0.1, 0.06, 0.05, 0.05, 0.04, 0.04])[
        articles.line
    ]
    group = articles.group_of_style[articles.style]
    groups = np.array(list(real.INDEX_GROUPS))
    department = articles.style * 4 + articles.line % 4
    part = lambda table, place, column: np.array([row[column] for row in table])[place]  # noqa: E731
    line_names = np.array([_name(i) for i in rng.permutation(n_lines)])
    product_type, colour_name = part(TYPES, kind, 0), part(COLOURS, colour, 0)
    table = pd.DataFrame({"article_id": ids, "product_code": [i[1:7].lstrip("0") for i in ids]})
    table["prod_name"] = pd.Series(line_names[articles.line]) + " " + pd.Series(product_type).str.lower()
    table["product_type_no"], table["product_type_name"] = 250 + kind, product_type
    table["product_group_name"] = part(TYPES, kind, 1)
    table["graphical_appearance_no"] = 1_010_000 + pattern
    table["graphical_appearance_name"] = np.array(PATTERNS)[pattern]
    table["colour_group_code"], table["colour_group_name"] = colour + 1, colour_name
    for level, column in (("perceived_colour_value", 1), ("perceived_colour_master", 2)):
        names = part(COLOURS, colour, column)
        table[f"{level}_id"], table[f"{level}_name"] = np.unique(names, return_inverse=True)[1] + 1, names
    table["department_no"] = 1000 + department
    table["department_name"] = [
        f"{groups[g]} {s + 1}.{d % 4 + 1}" for g, s, d in zip(group, articles.style, department, strict=True)
    ]
    table["index_code"] = np.array(list("ABCDE"))[group]
    table["index_name"], table["index_group_no"], table["index_group_name"] = (
        groups[group],
        group + 1,
        groups[group],
    )
    table["section_no"] = articles.style + 1
    table["section_name"] = [f"{groups[g]} range {s + 1}" for g, s in zip(group, articles.style, strict=True)]
    garment = np.unique(table["product_group_name"], return_inverse=True)[1]
    table["garment_group_no"], table["garment_group_name"] = 1001 + garment, table["product_group_name"]
    texts = product_type + ' in soft, "easy-care" jersey, ' + np.char.lower(colour_name.astype(str)) + "."
    table["detail_desc"] = pd.Series(texts).mask(rng.random(n) < real.DESCRIPTION_MISSING)
    return table


def _name(number: int) -> str:
    word = SYLLABLES[number % 16] + SYLLABLES[number // 16 % 16].lower()
    return word + ("" if number < 256 else " " + _name(number // 256 - 1))
