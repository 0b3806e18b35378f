"""What is on sale: draws articles by their appeal."""

import numpy as np

from traindy.simulate.articles import Articles


class Shelves:
    """Draws articles of a style or of a line in proportion to their appeal in a week, all at once."""

    def __init__(self, articles: Articles) -> None:
        weeks, self.n = articles.appeal.shape
        cumulative = np.cumsum(articles.appeal.astype(float), axis=1)
        # One rising sequence: week w lies between w and w + 1.
        self.total = cumulative[:, -1:]
        self.level = (cumulative / self.total + np.arange(weeks)[:, None]).ravel()
        self.style_ends = np.searchsorted(articles.style, np.arange(articles.n_styles + 1))
        self.line_ends = np.searchsorted(articles.line, np.arange(int(articles.line[-1]) + 2))

    def draw(
        self, week: np.ndarray, shelf: np.ndarray, ends: np.ndarray, rng: np.random.Generator
    ) -> np.ndarray:
        """One article from shelf `shelf` (a style or a line, whose articles lie between `ends`)."""
        low = np.where(ends[shelf] > 0, self.level[week * self.n + ends[shelf] - 1], week)
        high = self.level[week * self.n + ends[shelf + 1] - 1]
        at = np.searchsorted(self.level, low + (high - low) * rng.random(len(week)), side="right")
        return np.clip(at - week * self.n, ends[shelf], ends[shelf + 1] - 1)
