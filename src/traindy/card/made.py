"""The sections on what was made from what, and for what."""

from collections.abc import Sequence
from typing import Final

from traindy.card.facts import Facts
from traindy.card.markdown import share, table


def model(facts: Facts) -> str:
    """What the model is, and which one."""
    cvae, net = facts.params.cvae, facts.model["net"]
    sees = (
        f"cluster, and the {net['n_customer_levels']} levels of {', '.join(facts.params.cluster.attributes)}"
        if net["n_customer_levels"]
        else "the cluster alone"
    )
    best = facts.training["best"]
    again = "then fitted again on training and validation" if cvae.refit else "not fitted again"
    members = f", in {net['members']} nets whose logits are averaged" if net["members"] > 1 else ""
    points = [
        f"Condition: {sees} (`cvae.condition={cvae.condition}`), {facts.cluster['clusters']} clusters.",
        f"Size: {net['latent_dim']} dimensions{members}, {net['n_articles']:,} articles.",
        f"Loss: {cvae.loss}, seed {cvae.seed}.",
        f"Epochs chosen on validation: {best['epoch']}, NDCG@20 after them {best['ndcg_20']:.4f}; {again}.",
        f"`fairness.neutrality={facts.params.fairness.neutrality:g}`: how far the condition is turned down.",
        f"Weights, SHA-256: `{facts.weights_sha256}`",
    ]
    return WHAT + "\n" + _points(points)


def data(facts: Facts) -> str:
    """Where the data comes from, how much there is, and where it was cut."""
    rows, customers, articles = (facts.split[name] for name in ("rows", "customers", "articles"))
    cut, params = facts.evaluate["cut"], facts.params
    source = "the simulated shop, in which nobody is real" if facts.simulated else f"`{params.data.dir}`"
    when = (
        f"validation from {cut['valid_start']}, test from {cut['test_start']} to before {cut['test_end']}"
        if cut["test_start"]
        else "not in time"
    )
    files = [[name, f"{size:,}", f"`{digest}`"] for name, (size, digest) in facts.files.items()]
    counts = [
        ["transactions read", rows["read"]],
        ["in training", rows["train"]],
        ["in validation", rows["valid"]],
        ["in the test", rows["test"]],
        ["customers", customers["total"]],
        ["trained on", customers["warm"]],
        ["held out whole", customers["held_out"]],
        ["without a purchase before the test", customers["cold"]],
        ["articles", articles["total"]],
        ["known before the test", articles["known_at_test"]],
    ]
    return (
        f"Source: {source}; share of its customers: `data.fraction={params.data.fraction:g}`. Cut "
        f"(`split.by={cut['by']}`): {when}.\n\n"
        + table(["file", "bytes", "SHA-256"], files)
        + "\n"
        + table(["", "count"], [[name, f"{count:,}"] for name, count in counts])
    )


def limits(facts: Facts) -> str:
    """What the figures say it cannot do."""
    split, found = facts.split, facts.evaluate
    unreachable = split["unreachable"]["test_rows"] / split["rows"]["test"]
    lines = [
        f"{share(unreachable)} of the test's transactions are of articles that the model cannot recommend: "
        "first sold after the cut.",
        f"Who knew the future could reach a recall_1 of {found['ceiling']['recall_1']:.4f} and a recall_30 "
        f"of {found['ceiling']['recall_30']:.4f}; the model reaches {found['recall_1']:.4f} and "
        f"{found['recall_30']:.4f}.",
        "Figures are of one cut, one seed. They hold for customers and seasons like these.",
        "A purchase is taken for liking. Returns, sizes, prices and stock are not known.",
    ]
    groups = found["groups"]
    if {"cold", "warm"} <= groups.keys():
        cold, warm = groups["cold"]["ndcg_20"], groups["warm"]["ndcg_20"]
        lines.append(
            f"Customers without a history are served {'worse' if cold < warm else 'no worse'}: NDCG@20 "
            f"{cold:.4f}, against {warm:.4f} of those trained on."
        )
    if facts.simulated:
        lines.append("The shop is simulated: what holds here need not hold of people.")
    return _points(lines)


def _points(lines: Sequence[str]) -> str:
    return "".join(f"- {line}\n" for line in lines)


WHAT: Final = """\
A conditional variational autoencoder ranks the catalogue for a customer, from the articles bought before and
a condition; a customer without a history is served from the condition's prior. Beside the net stands
weighted evidence: what sold lately, what was bought together, what is alike.
"""
INTENDED: Final = """\
- Ranking articles for a shop's own customers, as one of several ways to a product, where a wrong guess costs
  no more than a glance.
- Research on recommendation with and without a history.
"""
NOT_INTENDED: Final = """\
- Prices, credit, employment, or any other decision about a person.
- Telling age, gender, or anything else of a person from purchases or lists.
- Lists shown to others than the customer: they show what the tables above say.
- Customers, countries or times that the data does not hold, without measuring again.
"""
