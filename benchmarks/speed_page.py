"""docs/speed.md from the datasets' figures: ratios to ours."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from cells import met, short, table

OURS: Final = "cvae"
SAMPLED: Final = "cvae-sampled"
FASTER: Final = 5.0
"""So many times faster than every autoencoder peer, for a pass over the customers and for ranking them."""
NAMES: Final = {
    OURS: "**CVAE**",
    SAMPLED: "CVAE, sampled",
    "multivae": "RecBole MultiVAE",
    "recvae": "RecBole RecVAE",
    "vaecf": "Cornac VAECF",
    "vaecf-600": "Cornac VAECF, wide",
    "als": "implicit ALS",
    "ease": "EASE",
}
AUTOENCODERS: Final = ("multivae", "recvae", "vaecf", "vaecf-600")
HEAD: Final = (
    "model", "hidden", "a pass", "its epoch", "to its best", "ranking all", "peak memory", "NDCG@20",
    "Recall@20",
)  # fmt: skip
INTRODUCTION: Final = """\
# The CVAE beside its peers: time and memory

Written by `python benchmarks/speed.py run hm-week` and so on (`make bench-setup peers` first; --help says
how it measures). Every figure of time and memory is a multiple of the CVAE's, measured in the same run on the
same rows; the CVAE's own stand beside the 1. Everybody has the same threads, batches and latent size; the
peers' other settings are their defaults (learning rates, annealing, dropout), and so are their hidden layers,
but for *wide*, which are the paper's. The peers' versions are those of `benchmarks/peers.txt`.

- *A pass*: training once over all customers with a history, without validation; median of all epochs of all
  rounds. *Its epoch*: what the model calls one; RecVAE's has three passes for its encoder and one for its
  decoder. An epoch of ALS is an iteration, and EASE's is its whole fit.
- *To its best*: from the start of the fit to the end of the best validation pass, the model's own validation
  passes included; for the CVAE also all that its evidence takes. `>`: the time limit ended the fit before
  validation did. Cornac has no validation; there the bench ranks in batches between epochs.
- *Ranking all*: the 20 best of all articles for every customer with a history, bought ones left out:
  `CvaeRecommender.rank` with all its evidence, RecBole's `full_sort_topk`, implicit's `recommend`, Cornac's
  `recommend` (one by one, 1,000 customers drawn, scaled to all).
- *Peak memory*: resident, of the process and all that it starts, data and libraries included.
- NDCG@20 and Recall@20 of those lists on the validation purchases that are new to the customer, after the
  best epoch; the test is not looked at. The weights of the CVAE's evidence, a dozen numbers, are fitted on
  validation, so its figures are kinder than the others' by that much. Those of a peer whose fit the time
  limit ended are what it had reached by then.
- *CVAE, sampled*, where it was measured: the same with `cvae.softmax=sampled`, and as many negatives as stand
  below the table.
- Figures are of the code and the settings as they were: `git log docs/speed/NAME.json` says when.
  The CVAE is one net here, also where docs/accuracy.md has several.
- The CVAE multiplies bfloat16 where the processor is faster with it (three times, where these tables were
  made), else float32, as the peers do everywhere. So there is a table for each kind of processor. Those in
  bfloat16 are of earlier code, hm-week's of 29 and the others' of 26 November 2026, and their precision was
  written down later. Gowalla's was another task then: other purchases for validation, and no smoothing. In
  float32 hm-week's is of 30 November, on a processor without AVX-512 whose products are less than half as
  fast as on the other two datasets'; Gowalla's articles were smoothed by fifty neighbours there, a quarter of
  a step, now by ten.
"""
Content = Mapping[str, Any]


def page(found: Mapping[str, Content]) -> str:
    """The whole page; found: the contents of docs/speed/*.json by dataset."""
    target = f"Target: the CVAE at least {FASTER:g} times faster a pass and a ranking than every autoencoder"
    parts = [INTRODUCTION, f"{target}, at an NDCG@20 above theirs.\n"]
    for name, each in found.items():
        parts += _dataset(name, each)
    return "\n".join(parts)


def _dataset(name: str, content: Content) -> Iterator[str]:
    machine, models = content["machine"], content["models"]
    yield f"## {name}\n"
    if "command" in content:
        yield f"`{content['command']}`\n"
    yield (
        f"{content['customers']:,} customers with a history, {content['articles']:,} articles, "
        f"{content['pairs']:,} pairs; judged on {content['judged']:,} customers. "
        f"Batches of {content['batch']:,}, latent size {content['latent']}. "
        f"{machine['cores']} cores ({machine['cpu']}), {machine['threads']} threads, no GPU, "
        f"the CVAE's products in {machine['products']}{_vectors(machine)}; "
        f"{content['rounds']} rounds; a peer's fit ends after {content['minutes']:g} minutes, or "
        f"{content['patience']['peers']} epochs without a better one (CVAE: {content['patience'][OURS]}).\n"
    )
    yield table(HEAD, [_row(key, each, models[OURS]) for key, each in models.items()])
    yield targets(models)
    yield _notes(content)


def _vectors(machine: Content) -> str:
    """The processor's widest instructions, where they were written down."""
    return f" ({machine['vectors']})" if "vectors" in machine else ""


def _row(name: str, model: Content, ours: Content) -> list[str]:
    seconds = {key: (_of(model, key), _of(ours, key)) for key in ("pass", "epoch", "to_best", "rank")}
    if name == OURS:
        times = [f"1 ({value:.3g} s)" for value, _ in seconds.values()]
        memory = f"1 ({model['memory'] / 2**30:.2f} GiB)"
    else:
        times = [_times(value / base) for value, base in seconds.values()]
        memory = _times(model["memory"] / ours["memory"])
        if model["late"]:
            times[2] = f"> {times[2]}"
    hidden = ", ".join(map(str, model["hidden"]))
    accuracy = [short(model["ndcg_20"]), short(model["recall_20"])]
    return [NAMES[name], f"[{hidden}]" if hidden else "", *times, memory, *accuracy]


def _of(model: Content, key: str) -> float:
    return float(model["epoch"] / model["passes"] if key == "pass" else model[key])


def _times(ratio: float) -> str:
    return f"{ratio:.3g} x"


def targets(models: Mapping[str, Content]) -> str:
    """Whether each autoencoder is beaten as it should be."""
    rows = []
    for own in (OURS, SAMPLED):
        for name in AUTOENCODERS if own in models else ():
            cells = _against(models[own], models[name]) if name in models else ["not measured"] * 3
            rows.append([NAMES[own], NAMES[name], *cells])
    return table(["", "against", "a pass", "ranking", "NDCG@20"], rows)


def _against(ours: Content, peer: Content) -> list[str]:
    ratios = [_of(peer, key) / _of(ours, key) for key in ("pass", "rank")]
    above, ended = ours["ndcg_20"] - peer["ndcg_20"], ", its fit cut off" if peer["late"] else ""
    cells = [f"{met(ratio >= FASTER)}: {_times(ratio)}" for ratio in ratios]
    return [*cells, f"{met(above > 0)}: {above:+.4f}{ended}"]


def _notes(content: Content) -> str:
    """What the table has no column for."""
    models = content["models"]
    ours, lines = models[OURS], []
    lines.append(
        f"The CVAE's net alone ranks all in {ours['rank_net']:.3g} s; its evidence and all that is no epoch "
        f"take {ours['evidence']:.3g} s of its fit, whose best epoch is {ours['best_epoch']} of "
        f"{ours['epochs']}."
    )
    if SAMPLED in models:
        lines.append(f"{NAMES[SAMPLED]}: `cvae.negatives={content['negatives']}`.")
    for name, each in models.items():
        if name in AUTOENCODERS and "rank_net" in each:
            lines.append(
                f"{NAMES[name]}, ranked by the bench in batches: {_times(each['rank_net'] / ours['rank'])}."
            )
    for name, each in models.items():
        if name != OURS and each["best_epoch"]:
            ended = ", cut off by the time limit" if each["late"] else ""
            lines.append(f"{NAMES[name]}: best epoch {each['best_epoch']} of {each['epochs']}{ended}.")
    spread = max(high / low for low, high in (each["epoch_range"] for each in models.values()))
    lines.append(f"The slowest epoch of any model took at most {spread:.2g} times its fastest.")
    lines += [f"{NAMES[name]}: left out; {why}." for name, why in content["skipped"].items()]
    return "".join(f"- {line}\n" for line in lines)
