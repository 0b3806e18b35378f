"""docs/losses.md: tables of what was measured, and sentences that are computed from it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from readings_page import section
from tables import table

Figures = Mapping[str, Any]

COLLAPSED: Final = 0.9
"""A loss has collapsed to zero where so many customers are promised no purchase at all."""
HEADINGS: Final = {
    "whole": "The plain autoencoder, the whole KL",
    "light": "The plain autoencoder, params.yaml's KL",
    "none": "The plain autoencoder, no KL",
    "pipeline": "The pipeline's net",
}
ABOUT: Final = {
    "whole": "No article attributes, no popularity in the biases, and the textbook's lower bound: "
    "`cvae.kl_weight=1`.",
    "light": "The same with `cvae.kl_weight={kl_weight:g}`.",
    "none": "The same with `cvae.kl_weight=0`: nothing holds the latent vector to the prior. Cosine and "
    "recall are shares and the others nats, so the same weight is not as heavy on all.",
    "pipeline": "All of params.yaml: article attributes, biases that start at the popularity. Still without "
    "the evidence that the pipeline sets beside the net.",
}


def page(content: Figures) -> str:
    """The whole document; content: losses.json."""
    parts = [_head(content), *_losses(content), _cure(content["losses"]), _budgets(content), section(content)]
    return "\n\n".join(parts) + "\n"


def _head(content: Figures) -> str:
    s = content["setup"]
    changed = f" with {', '.join(f'`{o}`' for o in content['overrides'])}" if content["overrides"] else ""
    return f"""# The original project's losses and success rates, rerun

Written by `make losses`{changed} from what it measured; the figures are in [losses.json](losses.json). The
simulated shop of params.yaml: {s["customers"]:,} customers, {s["articles"]:,} articles, seed {s["seed"]}.

## 1. What each loss answers

The net alone, {s["latent_dim"]} dimensions, {s["epochs"]} epochs in steps of at most {s["batch_size"]:,}
customers, no early stopping, learning rate the best of {", ".join(map(str, s["rates"]))} by NDCG@20 on
the validation purchases; fitted to what precedes these, judged on the last {s["test_fraction"]:.0%} in time,
all customers, bought articles excluded. *Popularity* is the list over all purchases that the nets have seen.

- **as popularity**: share of customers with a history whose 20 articles are popularity's, in any order;
  **shared**: how many of the 20 are.
- **row sum**: predictions summed over the catalogue, a customer's row fed in whole; **in the row**: how many
  articles it holds. For BCE a prediction is a sigmoid. For both softmaxes it is a probability, which sums
  to 1 whatever is learned. Cosine and recall predict scores without a unit, clipped to 0 to 1.
- **at bought**: the mean prediction at the articles of the row; **all zero**: share of customers whose
  predictions are all below .5, for BCE, whose predictions alone are made to be read so."""


LOSS_COLUMNS: Final = (
    "loss", "rate", "recall_1", "recall_30", "NDCG@20", "coverage@20", "as popularity", "shared", "row sum",
    "in the row", "at bought", "all zero",
)  # fmt: skip


def _losses(content: Figures) -> Iterable[str]:
    for setting, of_losses in content["losses"].items():
        rows = [
            [loss, f"{x['learning_rate']:g}", *_success(x), *_answer(x, loss)]
            for loss, x in of_losses.items()
        ]
        popular = next(iter(of_losses.values()))["popularity"]
        rows.append(["*popularity*", "", *_success(popular), "1.000", "20.0", *[""] * 4])
        yield f"### {HEADINGS[setting]}"
        yield ABOUT[setting].format(**content["setup"])
        yield table(LOSS_COLUMNS, rows)
        yield "\n".join(f"- {line}" for line in findings(of_losses))


def findings(of_losses: Mapping[str, Figures]) -> list[str]:
    """What a table of losses says: of BCE, and which losses beat popularity by the 95 % intervals."""
    bce, beat = of_losses["bce"], beating(of_losses)
    below = [loss for loss, x in of_losses.items() if x["interval"][1] < x["popularity"]["interval"][0]]
    return [
        f"BCE {'answers all zeroes' if collapsed(bce) else 'does not answer all zeroes'}: for "
        f"{bce['all_zero']:.0%} of the customers no prediction reaches .5, and where something was bought it "
        f"predicts {bce['at_bought']:.3f}.",
        f"NDCG@20 above popularity's, the intervals apart: {_names(beat)}; below: {_names(below)}.",
    ]


def beating(of_losses: Mapping[str, Figures]) -> list[str]:
    """The losses whose NDCG@20 is above popularity's, the 95 % intervals apart."""
    return [loss for loss, x in of_losses.items() if x["interval"][0] > x["popularity"]["interval"][1]]


def _cure(losses: Mapping[str, Mapping[str, Figures]]) -> str:
    lines = [
        f"- {HEADINGS[setting]}: "
        f"BCE {'answers all zeroes' if collapsed(of['bce']) else 'does not'}; better than popularity: "
        f"{_names(beating(of))}; the best, {_names([max(of, key=lambda loss: of[loss]['ndcg_20'])])}, has "
        f"NDCG@20 {max(x['ndcg_20'] for x in of.values()):.3f}."
        for setting, of in losses.items()
    ]
    return "\n".join(["### What cures it", "", *cures(losses), "", *lines])


def cures(losses: Mapping[str, Mapping[str, Figures]]) -> list[str]:
    """Whether another loss cures what BCE suffers with the whole KL, and whether less KL does."""
    whole = losses["whole"]
    if not collapsed(whole["bce"]):
        return ["With the whole KL BCE does not collapse here: there is nothing to cure."]
    others = [loss for loss in beating(whole) if loss != "bce"]
    level = whole["bce"]["popularity"]["ndcg_20"]
    above = "; ".join(f"{_names([loss])} with {whole[loss]['ndcg_20']:.3f}" for loss in others)
    lines = [f"With the whole KL losses with an NDCG@20 above popularity's {level:.3f}: {above or 'none'}."]
    for setting in ("light", "none"):
        bce = losses[setting]["bce"]
        cured = not collapsed(bce) and "bce" in beating(losses[setting])
        lines.append(f"{HEADINGS[setting]}: BCE is {'cured without another loss' if cured else 'not cured'}.")
    return lines


def collapsed(figures: Figures) -> bool:
    """Whether a net says to nearly everybody that nothing is bought."""
    return bool(figures["all_zero"] >= COLLAPSED)


def _budgets(content: Figures) -> str:
    rows = [
        [f"{x['kl_weight']:g}", f"{x['learning_rate']:g}", str(x["epochs"]), *_success(x), *_answer(x, "bce")]
        for x in content["bce"]
    ]
    columns = ("KL weight", "rate", "epochs", *LOSS_COLUMNS[2:])
    zero, rest = ([x for x in content["bce"] if collapsed(x) is wanted] for wanted in (True, False))
    return f"""### When BCE answers all zeroes

The plain autoencoder again. All zeroes for at least {COLLAPSED:.0%} of the customers: {_budget_names(zero)}.
Not: {_budget_names(rest)}.

{table(columns, rows)}"""


def _budget_names(rows: Sequence[Figures]) -> str:
    named = [f"{x['kl_weight']:g}/{x['learning_rate']:g}/{x['epochs']}" for x in rows]
    return f"{', '.join(named)} (KL weight/rate/epochs)" if named else "nowhere"


def _success(x: Figures) -> list[str]:
    return [f"{x[name]:.3f}" for name in ("recall_1", "recall_30", "ndcg_20", "coverage_20")]


def _answer(x: Figures, loss: str) -> list[str]:
    return [
        f"{x['popularity_list']:.3f}", f"{x['shared_with_popularity']:.1f}", f"{x['row_sum']:.1f}",
        f"{x['true_sum']:.1f}", f"{x['at_bought']:.3f}", f"{x['all_zero']:.3f}" if loss == "bce" else "",
    ]  # fmt: skip


def _names(losses: Sequence[str]) -> str:
    return ", ".join(loss.replace("_", " ") for loss in losses) or "none"
