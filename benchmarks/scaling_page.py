"""docs/scaling.md: sums on the measured rates, each with its arithmetic."""

from typing import Final

from cells import table
from scaling_sums import (
    CORE_HOUR,
    CORES,
    DAYS,
    GB_MONTH,
    GPU_BATCH,
    GPU_GB,
    GPU_HOUR,
    LAWS,
    LEVELS,
    MEMORY_GB,
    NETWORK_GB_S,
    NIGHT,
    PER_CUSTOMER,
    PER_ENTRY,
    TIMES,
    Rates,
    article_bytes,
    breaks,
    card_step,
    catalogue,
    hours,
    memory_gb,
)  # fmt: skip

HEAD: Final = """\
# Beyond one machine, on paper

Written by benchmarks/scaling.py from the first two tables; nothing here has been run above H&M's size, and
no sum knows of what it does not name. f times H&M is f times the customers and rows, and sqrt(f) times the
articles: shops grow faster than their ranges. Where articles grow with f too, multiply what is
customers x articles by another sqrt(f). A GB is 1e9 bytes.

## The rates

{customers:,} customers, {articles:,} articles, {rows:,} rows; {epochs} epochs of the exact softmax,
d = {dim}; a machine of {cores} cores and {memory} GB, {gflops:,.0f} GFLOP/s in bf16. *target*: not measured
yet, the figure that is aimed at.
"""
PRICES: Final = f"""\
## Assumptions

Prices are rounded from public list prices for machines on demand; they differ by provider, region and year.

| assumed | value |
| --- | --- |
| a core with its memory | ${CORE_HOUR} an hour |
| a card with at least {GPU_GB} GB | ${GPU_HOUR:g} an hour |
| object storage | ${GB_MONTH} a GB and month |
| network between cards, each way | {NETWORK_GB_S} GB/s |
| customers a step on cards, all together | {GPU_BATCH:,} |
"""
REPLICATED: Final = f"""\
## What is replicated, and what is not

Every training process holds the net, its average, its gradient and AdamW's two moments (five arrays of
(articles + levels) x d float32, levels = {LEVELS:.1f} x articles), the composed embeddings with their
gradient and a bf16 copy (10 bytes x articles x d), and {PER_CUSTOMER} bytes a customer (row starts,
conditions, the epoch's order). Only the entries are divided: {PER_ENTRY} bytes a purchased pair, of which a
row makes at most one; twice that for a refit, which unites two periods. The first process gathers all
entries after each fit, for the neighbours: the figure in brackets.
"""
FIRST: Final = f"""\
The first process's share is what gives way first in training: the neighbours are sums over customers, so
each process could make its own, but that is not written. Then come the {PER_CUSTOMER} bytes a customer, which
positions within a process's own customers would divide.
"""


def page(rates: Rates) -> str:
    """The whole page."""
    head = HEAD.format(
        customers=rates.customers, articles=rates.articles, rows=rates.rows, epochs=rates.epochs,
        dim=rates.latent_dim, gflops=rates.bf16_gflops, cores=CORES, memory=MEMORY_GB,
    )  # fmt: skip
    parts = [head, _rates(rates), PRICES, _one_machine(rates), REPLICATED, _memory(rates), FIRST]
    return "\n".join([*parts, _embeddings(rates), _cards(rates), _refresh(rates)])


def _rates(rates: Rates) -> str:
    rows = []
    for name, r in rates.stages.items():
        written = "" if r.output_gb is None else f"{r.output_gb:.2f}"
        rows.append([name, f"{r.seconds:,.0f}", f"{r.peak_gb:.2f}", written, LAWS[name][0], r.source])
    return table(["stage", "seconds", "peak GB", "written GB", "grows with", ""], rows)


def _one_machine(rates: Rates) -> str:
    rows = []
    for stage in rates.stages:
        each = [hours(rates, stage, f) for f in TIMES]
        rows.append([stage, *(f"{h:,.2f} h, ${h * CORES * CORE_HOUR:,.2f}" for h in each)])
    totals = [sum(hours(rates, stage, f) for stage in rates.stages) for f in TIMES]
    rows.append(["**all**", *(f"{h:,.1f} h, ${h * CORES * CORE_HOUR:,.2f}" for h in totals)])
    (by_memory, m), (by_time, t) = breaks(rates, "memory"), breaks(rates, "time")
    peak, seconds = rates.stages[by_memory].peak_gb, rates.stages[by_time].seconds
    allowed = NIGHT / seconds
    root = "" if t == allowed else " = f x sqrt(f)"
    return f"""\
## Which stage breaks first

seconds x f for what grows with rows or customers, seconds x f x sqrt(f) for customers x articles; hours of
the machine of {CORES} cores, at ${CORE_HOUR} x {CORES} an hour. More such cores divide the hours, not the
money.

{table(["stage", *(f"{f:,} x" for f in TIMES)], rows)}
- Memory, if peaks grew with f: {by_memory}, at {MEMORY_GB} / {peak:.2f} = {m:.1f} times.
- Time, for a night of 8 h: {by_time}, at {t:.1f} times: {NIGHT:,} s / {seconds:,.0f} s = {allowed:.1f}{root}.
- split, cluster and build_uph are Ibis expressions: DuckDB spills to disk what does not fit into memory.
"""


def _memory(rates: Rates) -> str:
    rows = []
    for f in TIMES:
        articles, customers, own = memory_gb(rates, f, 8)
        everything = memory_gb(rates, f, 1)[2]
        total = articles + customers + own
        cells = [f"{x:,.2f}" for x in (articles, customers)]
        rows.append([f"{f:,} x", *cells, f"{own:,.2f} ({everything:,.1f})", f"{total:,.1f}"])
    return table(["", "articles, GB", "customers, GB", "entries of one of 8 (all), GB", "one of 8, GB"], rows)


def _embeddings(rates: Rates) -> str:
    each = article_bytes(rates.latent_dim)
    most = GPU_GB * 1e9 / each
    rows = []
    for f in TIMES:
        few, many = (rates.articles * x for x in (catalogue(f), f))
        cells = [f"{few:,.0f}: {few * each / 1e9:,.1f} GB", f"{many:,.0f}: {many * each / 1e9:,.1f} GB"]
        rows.append([f"{f:,} x", *cells])
    return f"""\
## Where the article embeddings must be sharded

An article costs d x (5 x 4 x (1 + {LEVELS:.2f}) + 10) = {each:,.0f} bytes. A card of {GPU_GB} GB holds
{GPU_GB}e9 / {each:,.0f} = {most / 1e6:.1f} million, {most / rates.articles:,.0f} times H&M's, if nothing else
is on it.

{table(["", "articles by sqrt(f)", "articles by f"], rows)}
Beyond that each process must keep a range of the articles: their rows and moments, and the softmax's part
over them. What is exchanged then is the customers' latents and two numbers for each (the largest logit, the
sum), instead of a gradient for all articles. Lightning's `ddp` does not do this, and it is not written.
"""


def _cards(rates: Rates) -> str:
    rows = []
    for f in TIMES:
        work = 6 * rates.latent_dim * rates.customers * f * rates.articles * catalogue(f)
        a_step = card_step(rates, f)
        seconds = a_step * rates.customers * f / GPU_BATCH
        sent = 4 * rates.latent_dim * (1 + LEVELS) * rates.articles * catalogue(f)
        wait = 2 * sent / (NETWORK_GB_S * 1e9)
        cost = rates.epochs * seconds / 3600 * GPU_HOUR
        epoch = [f"{work / 1e15:,.1f}", f"{seconds / 3600:,.4f}", f"${cost:,.2f}"]
        step = [f"{a_step * 1e3:,.1f}", f"{sent / 1e9:,.2f}", f"{wait * 1e3:,.0f}"]
        rows.append([f"{f:,} x", *epoch, *step])
    head = ["", "PFLOP an epoch", "card-hours", f"{rates.epochs} epochs", "ms a step, one card"]
    return f"""\
## Training on cards

Three products of 2 x customers x articles x d an epoch, which with the softmax's part by element run at
{rates.card.tflops:,.0f} TFLOP/s on an {rates.card.name}; {rates.card.rest_seconds * 1e3:.1f} ms a step for
what grows with the articles alone (composing their embeddings, the optimiser); both from docs/scale.md. A
step has {GPU_BATCH:,} customers; its gradient, (articles + levels) x d x 4 bytes, is sent about twice (a
ring's sum).

{table([*head, "gradient, GB", "ms to send"], rows)}
More cards divide the milliseconds of a step, not those of sending: where the last column is the larger, more
cards of the same batch gain nothing, and the batch must grow with them, or the embeddings be sharded.
"""


def _refresh(rates: Rates) -> str:
    serve = ("split", "build_uph", "recommend")
    rows = []
    for f in TIMES:
        small, whole = (sum(hours(rates, s, f) for s in stages) for stages in (serve, tuple(rates.stages)))
        kept = None
        if all(r.output_gb is not None for r in rates.stages.values()):
            kept = sum(r.output_gb or 0 for r in rates.stages.values()) * f * GB_MONTH
        rows.append(
            [f"{f:,} x", f"{rates.rows * f / DAYS:,.0f}"]
            + [f"{h:,.1f} h, ${h * CORES * CORE_HOUR:,.2f}" for h in (small, whole)]
            + ["" if kept is None else f"${kept:,.2f}"]
        )
    return f"""\
## A day's refresh

A day brings rows / {DAYS} new rows. The pipeline has no increment: what runs, reads everything. *New lists*:
{", ".join(serve)}, if the model stayed; this is not written: the pipeline refuses a model of another split.
*New model*: all stages but simulate and model_card.
Storage: what the stages write, for a month, if it grows with f.

{table(["", "new rows", "new lists", "new model", "storage a month"], rows)}
An increment by shards of customers would save nothing: with {rates.rows / DAYS:,.0f} rows a day every shard
has some that changed. It would take shards by day.
"""
