"""What precedes the validation window, as train_cvae reads it."""

from traindy.core.cut import read_cut
from traindy.core.params import Params
from traindy.core.vocabulary import EARLIER, read_articles
from traindy.cvae.period import Period
from traindy.uph import load


def before_validation(params: Params) -> tuple[Period, Period | None]:
    """The purchases before it, and those before the window before; None where the cut is not one in time.

    Without the second no evidence of the day is ever kept (`cvae/lasting.py`).
    """
    articles, cut = read_articles(params.paths.split), read_cut(params.paths.split)
    whole = articles.n_train == articles.n_all

    def before(name: str, day: int | None) -> Period:
        return Period(load(f"{params.paths.uph}/{name}"), articles.n_train, day, whole)

    earlier = None if cut.earlier is None else before(EARLIER, cut.earlier)
    return before("train", cut.valid_start), earlier
