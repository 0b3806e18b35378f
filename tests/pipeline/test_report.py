"""The report and the plots of the tiny shop: whole, from nowhere else, and about nobody."""

import re
import sys

import pyarrow.parquet as pq
import pytest

pytest.importorskip("altair", reason="pip install '.[report]'")
pytest.importorskip("vl_convert", reason="pip install '.[report]'")
from traindy.core.config import load_params
from traindy.report import clusters, data

ELSEWHERE = re.compile(
    r"""(?:src|href)\s*=\s*["']?\s*(?:https?:|//)|url\(\s*["']?\s*(?:https?:|//)|@import"""
)


@pytest.fixture(scope="module")
def page(repository):
    repository.run(sys.executable, "-m", "traindy.report")
    file = repository.folder / "report.html"
    yield file.read_text()
    file.unlink(missing_ok=True)


def fits_a_phone(browser, html):
    """Nothing is wider than the screen, in either colour scheme, and no script complains."""
    for scheme in ("light", "dark"):
        context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme)
        shown, wrong = context.new_page(), []
        shown.on("pageerror", lambda error, wrong=wrong: wrong.append(str(error)))
        shown.set_content(html)
        shown.wait_for_selector("svg")
        width = shown.evaluate("document.documentElement.scrollWidth")
        wider = shown.evaluate("[...document.querySelectorAll('svg')].filter(s => s.clientWidth > 366)")
        context.close()
        assert (width, wider, wrong) == (390, [], [])


def test_it_fits_a_phone(browser, page):
    fits_a_phone(browser, page)


UNREADABLE = """() => {
  const wrong = [];
  for (const svg of document.querySelectorAll("figure svg")) {
    const picture = svg.closest("figure").getAttribute("aria-label"), edge = svg.getBoundingClientRect();
    const shown = [...svg.querySelectorAll("text")].filter(
      text => text.textContent.trim() && text.getAttribute("opacity") !== "0");
    shown.forEach((text, i) => {
      const a = text.getBoundingClientRect();
      const out = [edge.left - a.left, a.right - edge.right, edge.top - a.top, a.bottom - edge.bottom];
      if (Math.max(...out) > 1)
        wrong.push(`${picture}: ${text.textContent} is cut off`);
      for (const other of shown.slice(0, i)) {
        const b = other.getBoundingClientRect();
        const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (wide > 1 && high > 4) wrong.push(`${picture}: ${other.textContent} over ${text.textContent}`);
      }
    });
  }
  return wrong;
}"""


@pytest.mark.parametrize("font", ["sans-serif", "DejaVu Sans", "Arial, Liberation Sans"])
def test_no_text_of_a_picture_is_cut_off_or_under_another(browser, page, font):
    with browser.new_context(viewport={"width": 1200, "height": 900}) as context:
        shown = context.new_page()
        shown.set_content(page)
        shown.add_style_tag(content=f"svg text {{ font-family: {font}; }}")
        assert shown.evaluate(UNREADABLE) == []
        shown.add_style_tag(content="svg text { letter-spacing: 6px; }")
        assert shown.evaluate(UNREADABLE), "the check sees what is too wide"


def test_all_sections_are_there(page):
    sections = re.findall(r'<section id="(\w+)">', page)
    assert sections == ["results", "stories", "data", "clusters", "training", "latent", "resources"]
    for section in page.split("<section id=")[1:]:
        assert "<svg" in section or "<article" in section


def test_nothing_comes_from_elsewhere_and_the_page_is_small(page):
    assert not ELSEWHERE.search(page) and "<script" not in page and "<img" not in page
    assert len(page.encode()) < 5_000_000
    assert ELSEWHERE.search('<img src="https://a.org/b.png">') and ELSEWHERE.search("url(//a.org)")


def test_no_customer_can_be_told(page, repository):
    ids = pq.read_table(repository.folder / "data/split/customers.parquet")["customer_id"].to_pylist()
    assert len(ids[0]) == 64 and not any(one[:12] in page for one in ids)


def test_ids_in_the_page_are_its_own(page):
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_stories_mark_what_was_bought(page):
    stories = re.findall(r"<article.*?</article>", page, re.DOTALL)
    assert 2 < len(stories) <= 10 and any('class="hit"' in story for story in stories)
    assert "Bought before: 0<" in stories[-1]


def plots(repository):
    repository.run(sys.executable, "-m", "traindy.report.plots_page")
    repository.dvc("plots", "show")
    (repository.folder / ".dvc" / "config.local").unlink()  # git ignores it, so that nobody else would
    return (repository.folder / "dvc_plots" / "index.html").read_text()


def test_plots_hold_their_scripts(clean):
    page = plots(clean)
    assert not re.search(r"<script[^>]+src", page) and "cdn." not in page
    assert page.count("vegaEmbed('#") == 6


def test_plots_fit_a_phone(clean, browser):
    fits_a_phone(browser, plots(clean))


def test_without_a_run_it_says_what_to_do(clone):
    said = clone.run(sys.executable, "-m", "traindy.report", check=False)
    assert said.startswith("error: data/split/articles.parquet") and "dvc repro" in said


def test_without_customer_metadata_its_pictures_are_left_out(repository, monkeypatch):
    monkeypatch.chdir(repository.folder)
    titles = {}
    for names in (["age"], []):
        params = load_params([f"cluster.attributes={names}"])
        sections = data.section(params), clusters.section(params)
        titles[len(names)] = [picture.title for section in sections for picture in section.pictures]
    gone = [title for title in titles[1] if title not in titles[0]]
    assert len(gone) == 2 and "metadata" in gone[0] and "say of themselves" in gone[1]
    assert len(titles[0]) == len(titles[1]) - 2
