"""`python -m traindy.report.plots_page`: makes `dvc plots show` and `dvc plots diff` work without a network.

DVC's own page loads Vega from elsewhere. This writes a page that holds it, and tells DVC of it in
.dvc/config.local. Neither is in git: the scripts are a package's, and 0.9 MB.
"""

import sys
from pathlib import Path
from typing import Final

import vl_convert
from dvc.cli import main as dvc

from traindy.core.files import write_text

TEMPLATE: Final = Path(__file__).parent / "templates" / "plots.html"
PAGE: Final = "plots.html"
"""Where it is written, in the folder .dvc."""
VEGA_LITE: Final = "5.21"
"""DVC's templates are written in Vega-Lite 5."""
PLOT: Final = """
const dark = matchMedia("(prefers-color-scheme: dark)").matches;
window.vegaEmbed = (place, spec) => vegaEmbed(place, spec, {
  renderer: "svg", actions: {export: true, source: false, compiled: false, editor: false},
  theme: dark ? "dark" : undefined,
  config: {
    background: null, axis: {gridOpacity: dark ? 0.25 : 1}, axisX: {tickMinStep: 1},
    legend: {orient: "bottom", columns: 1, labelLimit: 300},
  },
});
"""
"""What DVC's page calls for each plot. Without the online editor; with the legend beneath, for a phone.
Epochs and clusters are whole numbers."""


def main() -> None:
    """Write .dvc/plots.html and set it as the page of `dvc plots`."""
    folder = Path(".dvc")
    if not folder.is_dir():
        sys.exit(f"error: {folder}: not found in {Path.cwd()}; run from the project's root")
    write_text(folder / PAGE, page())
    sys.exit(dvc(["config", "--quiet", "--local", "plots.html_template", PAGE]))


def page() -> str:
    """The page with Vega, Vega-Lite and Vega-Embed in it, and DVC's placeholder for the plots."""
    bundle = vl_convert.javascript_bundle(PLOT, vl_version=VEGA_LITE)
    # A script of its own, so that its names stay its own. A closing tag would end it early.
    script = "(() => {" + bundle.replace("</script", "<\\/script") + "})();"
    return TEMPLATE.read_text(encoding="utf-8").replace("{vega}", script)


if __name__ == "__main__":
    main()
