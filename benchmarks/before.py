"""What precedes the validation window, as train_cvae reads it."""

from traindy.core.cut import read_cut
from traindy.core.params import Params
from traindy.core.vocabulary import EARLIER, read_articles
from traindy.cvae import train
from traindy.cvae.period import Period
from traindy.uph import load


def before_validation(params: Params) -> tuple[Period, Period | None]:
    """The purchases before it, and those before the window before; None where the cut is not one in time.

    Without the second no evidence of the day is ever kept (`cvae/lasting.py`).
    """
    uph, cut = params.paths.uph, read_cut(params.paths.split)
    earlier = None if cut.earlier is None else load(f"{uph}/{EARLIER}")
    return train.before_validation(load(f"{uph}/train"), earlier, read_articles(params.paths.split), cut)
