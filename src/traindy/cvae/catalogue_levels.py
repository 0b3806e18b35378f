"""What ties articles to one another: the levels of their attributes, and the words of the levels' names."""

import re
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import torch
from torch import Tensor

from traindy.core.vocabulary import Articles

WORD: Final = re.compile(r"\w+")
COMMON: Final = 0.2
"""Share of the articles above which a word says nothing."""


@dataclass(frozen=True)
class Levels:
    """The levels of the first n articles, in one numbering over all attributes, their words after them."""

    codes: Tensor
    """int64 [articles, levels of each]; -1 where an article has fewer."""
    count: int


def attribute_levels(articles: Articles, n_articles: int, words: int) -> Levels:
    """Number the levels of every attribute of the first `n_articles`; missing is a level of its own.

    words: so many words of an article's values, the rarest first, are levels too: pieces of one line have
    names that share a part ("Tilly top", "Tilly brief"), as films share one of their genres.
    """
    columns, count = [np.zeros((n_articles, 0), np.int64)], 0
    tied = [(np.zeros(0, np.int64), np.zeros(0, np.int64))]
    n_words = 0
    for name in articles.attributes.column_names:
        encoded = articles.attributes[name].slice(0, n_articles).combine_chunks().dictionary_encode("encode")
        codes = pc.cast(encoded.indices, "int64").to_numpy()
        columns.append(codes[:, None] + count)
        count += int(codes.max(initial=-1)) + 1
        article, word, found = _words(codes, encoded.dictionary)
        tied.append((article, word + n_words))
        n_words += found
    article, word = (np.concatenate(parts) for parts in zip(*tied, strict=True))
    kept, n_kept = _rarest(article, word, n_articles, words)
    columns.append(np.where(kept >= 0, kept + count, -1))
    return Levels(torch.from_numpy(np.concatenate(columns, 1)), count + n_kept)


def _words(codes: np.ndarray, values: pa.Array) -> tuple[np.ndarray, np.ndarray, int]:
    """(article, word) pairs of an attribute, and how many words it has; none where no value has several."""
    split = [sorted(set(WORD.findall((value or "").casefold()))) for value in values.to_pylist()]
    if all(len(words) < 2 for words in split):
        return np.zeros(0, np.int64), np.zeros(0, np.int64), 0
    numbered = {word: i for i, word in enumerate(sorted({word for words in split for word in words}))}
    flat = np.array([numbered[word] for words in split for word in words], np.int64)
    size = np.array([len(words) for words in split])
    first = size.cumsum() - size
    article = np.repeat(np.arange(len(codes)), size[codes])
    within = np.arange(len(article)) - np.repeat(size[codes].cumsum() - size[codes], size[codes])
    return article, flat[first[codes][article] + within], len(numbered)


def _rarest(article: np.ndarray, word: np.ndarray, n_articles: int, keep: int) -> tuple[np.ndarray, int]:
    """The rarest words of each article, of those that tie it to some: int64 [articles, <= keep], -1 padded.

    Words are numbered anew; the second value is how many there are.
    """
    often = np.bincount(word) if len(word) else np.zeros(1, np.int64)
    says = (often[word] > 1) & (often[word] <= COMMON * n_articles)
    article, word = article[says], word[says]
    order = np.lexsort((word, often[word], article))
    article, word = article[order], word[order]
    place = np.arange(len(article)) - np.searchsorted(article, article)
    chosen = place < keep
    article, word, place = article[chosen], word[chosen], place[chosen]
    used, renumbered = np.unique(word, return_inverse=True)
    table = np.full((n_articles, int(place.max(initial=-1)) + 1), -1, np.int64)
    table[article, place] = renumbered
    return table, len(used)
