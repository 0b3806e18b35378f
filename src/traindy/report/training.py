"""Training: what the CVAE's losses and its accuracy on validation did, epoch by epoch."""

from pathlib import Path
from typing import Final, NamedTuple

import altair as alt
import pandas as pd

from traindy.core.errors import UserError
from traindy.core.files import read_json
from traindy.core.params import Params
from traindy.report.parts import HEIGHT, INK, MAIN, SECOND, WIDTH, Picture, Section


class Curve(NamedTuple):
    """A file of dvclive's, and what it shows."""

    file: str
    column: str
    name: str
    unit: str


CURVES: Final = (
    Curve(
        "train/reconstruction.tsv", "reconstruction", "Reconstruction loss", "nats a customer, / √purchases"
    ),
    Curve("train/kl.tsv", "kl", "KL of q(z|x,c) from p(z|c)", "nats a customer"),
    Curve("val/active_units.tsv", "active_units", "The number of active latent units", "units"),
    Curve("val/ndcg_20.tsv", "ndcg_20", "Validation NDCG@20", "NDCG@20"),
    Curve("val/recall_20.tsv", "recall_20", "Validation recall@20", "share of what is bought"),
    Curve("val/coverage_20.tsv", "coverage_20", "Validation coverage@20", "share of the catalogue"),
)


def section(params: Params) -> Section:
    """Read dvclive's files and draw them."""
    folder = Path(params.paths.metrics) / "train_cvae"
    best = int(read_json(folder / "metrics.json")["best"]["epoch"])
    pictures = [curve_picture(read_curve(folder / "plots" / "metrics" / c.file, c), c, best) for c in CURVES]
    settings = params.cvae
    again = f"; the model was then fitted again for so long, validation included (epoch {best})"
    words = (
        f"Loss {settings.loss}, {settings.latent_dim} latent dimensions; the KL weighs "
        f"{settings.kl_weight:g} against the reconstruction. The epoch with the best validation NDCG@20 is "
        f"marked{again if settings.refit else ''}."
    )
    return Section("training", "Training", words, pictures)


def read_curve(file: Path, curve: Curve) -> pd.DataFrame:
    """epoch, from 1, and the value."""
    try:
        table = pd.read_csv(file, sep="\t")
    except FileNotFoundError:
        raise UserError(f"{file}: not found; run `dvc repro train_cvae` to make it") from None
    return pd.DataFrame({"epoch": table["step"] + 1, "value": table[curve.column]})


def curve_picture(values: pd.DataFrame, curve: Curve, best: int) -> Picture:
    """A value by epoch, the chosen epoch marked."""
    low, high = float(values["value"].min()), float(values["value"].max())
    room = (high - low or abs(high) or 1) * 0.15
    base = alt.Chart(values).encode(
        alt.X("epoch:O", title="epoch", axis=alt.Axis(labelAngle=0, grid=False)),
        alt.Y("value:Q", title=curve.unit).scale(domain=[low - room, high + room], nice=False),
    )
    chosen = base.transform_filter(alt.datum.epoch == best)
    layers = alt.layer(
        base.mark_line(color=MAIN, point=alt.OverlayMarkDef(color=MAIN, size=40)),
        chosen.mark_point(color=SECOND, size=220, strokeWidth=3, shape="diamond"),
        chosen.mark_text(color=INK, dy=-16, fontSize=12).encode(text=alt.Text("value:Q", format=".4~g")),
    )
    first, last = values["value"].iloc[0], values["value"].iloc[-1]
    moved = "stays at" if first == last else f"goes from {first:.4g} to"
    return Picture(f"{curve.name} {moved} {last:.4g}", layers.properties(width=WIDTH, height=HEIGHT))
