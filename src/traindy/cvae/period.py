"""What a fit may see, and what is added up over all customers of it."""

from dataclasses import dataclass

from traindy.core.params import Cvae
from traindy.cvae.distributed import Processes
from traindy.cvae.evidence import ALIKE, RIDGE, TOGETHER
from traindy.cvae.neighbours import Neighbours, alike, bought_together, ridge
from traindy.cvae.net import CvaeNet
from traindy.uph import UPH


@dataclass(frozen=True)
class Period:
    """All that a fit may see: purchases before a cut, and the articles that were known then."""

    uph: UPH
    """All customers; rows of those who may not be trained on, or are another process's, are empty."""
    n_articles: int
    cut: int | None
    """The first day that may not be seen, days since 1970-01-01; None where the cut is not one in time."""

    def together(self, settings: Cvae, processes: Processes) -> Neighbours | None:
        """What is bought together, in every process: the first adds up the rows that the others send it.

        None: `cvae.neighbours` asks for none.
        """
        if not settings.neighbours:
            return None
        everybody, found = processes.gathered(self.uph), None
        if everybody is not None:
            found = bought_together(everybody, self.n_articles, settings.neighbours)
        return processes.agreed(found)

    def paths(
        self,
        net: CvaeNet,
        together: Neighbours | None,
        settings: Cvae,
        processes: Processes,
        known: Neighbours | None = None,
    ) -> dict[str, Neighbours]:
        """The direct paths, in the first process.

        known: which articles are alike, if the net has been asked before.
        """
        paths: dict[str, Neighbours] = {}
        everybody = processes.gathered(self.uph)
        if everybody is None:
            return paths
        if together is not None:
            paths[TOGETHER] = together
            paths[ALIKE] = known or alike(net.articles(), settings.neighbours)
        if self.n_articles <= settings.ridge_max_articles:
            paths[RIDGE] = ridge(everybody, self.n_articles, settings.ridge)
        return paths
