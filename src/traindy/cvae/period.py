"""What a fit may see, and what is added up over all customers of it."""

from dataclasses import dataclass

from traindy.core.params import Cvae
from traindy.cvae.distributed import Processes
from traindy.cvae.evidence import ALIKE, RIDGE, TOGETHER
from traindy.cvae.neighbours import Neighbours, alike, bought_together
from traindy.cvae.net import CvaeNet
from traindy.cvae.ridge import ridge
from traindy.uph import UPH


@dataclass(frozen=True)
class Period:
    """All that a fit may see: purchases before a cut, and the articles that were known then."""

    uph: UPH
    """All customers; rows of those who may not be trained on, or are another process's, are empty."""
    n_articles: int
    cut: int | None
    """The first day that may not be seen, days since 1970-01-01; None where the cut is not one in time."""
    whole: bool = False
    """The catalogue also holds what nobody has bought yet (`split.catalogue=all`)."""

    def together(self, neighbours: int, processes: Processes) -> Neighbours | None:
        """What is bought together, in every process: the first adds up the rows that the others send it."""
        everybody, found = processes.gathered(self.uph), None
        if everybody is not None:
            found = bought_together(everybody, self.n_articles, neighbours)
        return processes.agreed(found)

    def paths(
        self,
        net: CvaeNet,
        settings: Cvae,
        processes: Processes,
        together: Neighbours | None = None,
        known: Neighbours | None = None,
    ) -> dict[str, Neighbours]:
        """The direct paths, in the first process.

        together, known: what is bought together and which articles are alike, where they are at hand.
        """
        paths = self.paths_without_net(settings, processes, together)
        if TOGETHER in paths:
            alone = {TOGETHER: paths[TOGETHER], ALIKE: known or alike(net.articles(), settings.neighbours)}
            paths = alone | paths
        return paths

    def paths_without_net(
        self, settings: Cvae, processes: Processes, together: Neighbours | None = None
    ) -> dict[str, Neighbours]:
        """Those that are products of everybody's rows, which the other processes send the first."""
        n, paths = self.n_articles, dict[str, Neighbours]()
        everybody = processes.gathered(self.uph)
        if everybody is None:
            return paths
        if settings.neighbours:
            paths[TOGETHER] = together or bought_together(everybody, n, settings.neighbours)
        if min(n, everybody.n_buyers) <= settings.ridge_max_articles:
            paths[RIDGE] = ridge(everybody, n, settings.ridge)
        return paths
