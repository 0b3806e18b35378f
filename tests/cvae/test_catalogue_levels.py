"""The levels of the articles' attributes and the words of their names, numbered by hand."""

import pyarrow as pa
import pytest

from traindy.core.vocabulary import Articles
from traindy.cvae.catalogue_levels import attribute_levels

N = 15
"""So up to three articles may share a word."""
NAMES = ["Tilly top", "TILLY brief", "Ada top", "Ada-top", "Ada brief", "Ada ada", "Solo"] + [None] * 8
LATER = ["Solo", "Solo dress"]
"""Of articles that are not known yet: they do not make a word shared."""


def make_articles(**attributes):
    ids = pa.chunked_array([[f"{i:02d}" for i in range(N + len(LATER))]])
    return Articles(ids, pa.table(attributes), N, N)


def test_whole_values_are_numbered_over_all_attributes_and_missing_is_one():
    colour = ["b", "a", None, "b", None] + ["c"] * 10 + ["z", "z"]
    levels = attribute_levels(make_articles(colour=colour, size=["s"] * 16 + ["l"]), N, words=0)
    assert levels.codes[:5].tolist() == [[0, 4], [1, 4], [2, 4], [0, 4], [2, 4]]
    assert levels.codes[5:].tolist() == [[3, 4]] * 10
    assert levels.count == 5


def test_words_of_some_articles_are_levels_the_rarest_first():
    """Whole values are 0 to 7, the words brief, tilly and top follow; ada is in four names, solo in one."""
    brief, tilly, top = 8, 9, 10
    levels = attribute_levels(make_articles(prod_name=NAMES + LATER), N, words=20)
    assert levels.codes[:7].tolist() == [
        [0, tilly, top],
        [1, brief, tilly],
        [2, top, -1],
        [3, top, -1],
        [4, brief, -1],
        [5, -1, -1],
        [6, -1, -1],
    ]
    assert levels.codes[7:].tolist() == [[7, -1, -1]] * 8
    assert levels.count == 11


def test_the_words_beyond_so_many_are_left_out_of_the_numbering_too():
    levels = attribute_levels(make_articles(prod_name=NAMES + LATER), N, words=1)
    assert levels.codes[:7, 1].tolist() == [9, 8, 10, 10, 8, -1, -1]
    assert levels.count == 11
    only_once = ["Tilly top", "Tilly bow", "red top", "green top"] + [None] * 13
    levels = attribute_levels(make_articles(prod_name=only_once), N, words=1)
    assert levels.codes[:4, 1].tolist() == [5, 5, 6, 6], "the rarer tilly first"


@pytest.mark.parametrize("words", [0, 20])
def test_without_words_there_are_whole_values_alone(words):
    single = ["red"] * 2 + ["blue"] * 2 + [None] * 13
    levels = attribute_levels(make_articles(colour=single), N, words)
    assert levels.codes.tolist() == [[0]] * 2 + [[1]] * 2 + [[2]] * 11 and levels.count == 3
    names = attribute_levels(make_articles(prod_name=NAMES + LATER), N, words=0)
    assert names.codes[:, 0].tolist() == [*range(7), *[7] * 8]
    assert (names.codes.shape, names.count) == ((N, 1), 8)
    assert attribute_levels(make_articles(), N, words).codes.shape == (N, 0)


def test_the_same_word_of_two_attributes_is_two_levels():
    name, kind = ["red top", "new top"], ["silk top", "knit top"]
    rest = [None] * 15
    articles = make_articles(prod_name=name + rest, kind=rest[:2] + kind + rest[:13])
    levels = attribute_levels(articles, N, words=5)
    assert levels.codes[:4].tolist() == [[0, 3, 6], [1, 3, 6], [2, 4, 7], [2, 5, 7]]
    assert levels.count == 8
