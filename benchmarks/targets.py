"""What the CVAE is to reach on each dataset, and what others have published there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from traindy.baselines.lists import ALLOWED, EXCLUDED
from traindy.core.vocabulary import CustomerGroup
from traindy.evaluate.judged import EVERYBODY
from traindy.evaluate.report import FIRST
from traindy.evaluate.table import NAMES

WARM, COLD = CustomerGroup.WARM.value, CustomerGroup.COLD.value
METRIC_NAMES: Final = {"recall_20": "Recall@20", "ndcg_20": "NDCG@20"}
BASELINES: Final = "every baseline"
"""Against all of them: the lowest end of the difference's intervals lies above the bound."""


@dataclass(frozen=True)
class Target:
    """The CVAE's figure, or its share of the figure of the model `against`, is at least `bound`."""

    dataset: str
    group: str
    metric: str
    bound: float
    against: str | None = None
    policy: str = EXCLUDED

    @property
    def words(self) -> str:
        """What is to be reached."""
        where = f"{self.dataset}, {self.group}, bought {self.policy}: {METRIC_NAMES[self.metric]}"
        if self.against is None:
            return f"{where} at least {self.bound:.4f}"
        if self.against == BASELINES:
            return f"{where} above {BASELINES}, intervals excluding zero"
        return f"{where} at least {self.bound:g} x {NAMES[self.against]}"

    def reached(self, policies: Mapping[str, Any]) -> tuple[bool, str] | None:
        """Whether, and the value in words; None where it was not measured."""
        content = policies.get(self.policy)
        if content is None or self.group not in content["models"][FIRST]:
            return None
        if self.against == BASELINES:
            return self._ahead(content["differences"])
        value = content["models"][FIRST][self.group][self.metric]
        if self.against is None:
            return value >= self.bound, f"{value:.4f}"
        if self.against not in content["models"]:
            return None
        value /= content["models"][self.against][self.group][self.metric]
        return value >= self.bound, f"{value:.3f} x"

    def _ahead(self, differences: Mapping[str, Any]) -> tuple[bool, str]:
        ends = {
            name: each[self.group][self.metric] for name, each in differences.items() if is_baseline(name)
        }
        nearest = min(ends, key=lambda name: ends[name][1])
        mean, low, high = ends[nearest]
        return low > self.bound, f"nearest: {NAMES[nearest]}, {mean:+.4f} ({low:+.4f} to {high:+.4f})"


def is_baseline(model: str) -> bool:
    """Neither the CVAE, nor the CVAE without its condition, nor an oracle."""
    return not model.startswith((FIRST, "oracle"))


TARGETS: Final = (
    Target("hm-week", EVERYBODY, "recall_20", 1.2, "ease_attributes"),
    Target("hm-week", EVERYBODY, "ndcg_20", 1.15, "ease_attributes"),
    Target("hm-week", EVERYBODY, "recall_20", 1.7, "ease"),
    Target("gowalla", EVERYBODY, "recall_20", 0.195),
    Target("gowalla", EVERYBODY, "ndcg_20", 0.165),
    *(
        Target(f"journey-{level}", WARM, metric, 0.0, BASELINES, policy)
        for level in ("product", "type")
        for policy in (EXCLUDED, ALLOWED)
        for metric in METRIC_NAMES
    ),
    *(Target(f"journey-{level}-cold", COLD, "ndcg_20", 0.0, BASELINES) for level in ("product", "type")),
    *(
        target
        for name in ("simulated", "simulated-100k")
        for target in (
            Target(name, WARM, "ndcg_20", 0.0, BASELINES),
            Target(name, COLD, "ndcg_20", 0.0, BASELINES),
            Target(name, WARM, "ndcg_20", 1.0, "oracle_segment"),
            Target(name, COLD, "ndcg_20", 0.9, "oracle_segment"),
            Target(name, COLD, "ndcg_20", 0.9, "oracle_segment_now"),
        )
    ),
)
PUBLISHED: Final[dict[str, dict[str, dict[str, float]]]] = {
    "gowalla": {
        name: {"recall_20": recall, "ndcg_20": ndcg}
        for name, recall, ndcg in (
            ("BSPM", 0.1920, 0.1597),
            ("SimpleX", 0.1872, 0.1557),
            ("UltraGCN", 0.1862, 0.1580),
            ("LightGCN", 0.1820, 0.1547),
            ("EASE", 0.1765, 0.1467),
            ("Mult-VAE", 0.1641, 0.1335),
        )
    }
}
"""Figures of the papers, of all customers, by dataset."""
