"""The page that `dvc plots show` fills: whole, and from nowhere else."""

import re

import pytest
from dvc_render.html import HTML

pytest.importorskip("vl_convert", reason="pip install '.[report]'")
from traindy.report import plots_page


@pytest.fixture(scope="module")
def page():
    return plots_page.page()


def test_dvc_puts_the_plots_and_the_refresh_into_it(page):
    filled = HTML(page, refresh_seconds=7).with_element("<div>a plot</div>").embed()
    assert "<div>a plot</div>" in filled and 'content="7"' in filled
    assert "{plot_divs}" not in filled and "{refresh_tag}" not in filled


def test_the_script_is_in_it_and_ends_where_it_should(page):
    assert page.count("<script>") == page.count("</script") == 1
    assert "window.vegaEmbed" in page and len(page) > 500_000


def test_nothing_comes_from_elsewhere(page):
    outside_the_script = re.sub(r"<script>.*</script>", "", page, flags=re.DOTALL)
    assert "http" not in outside_the_script.replace("http-equiv", "")
    assert not re.search(r"<script[^>]+src", page)


def test_it_is_set_for_this_clone_alone(tmp_path, monkeypatch):
    (tmp_path / ".dvc").mkdir()
    told = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(plots_page, "dvc", lambda words: told.append(words) or 0)
    with pytest.raises(SystemExit) as ended:
        plots_page.main()
    assert ended.value.code == 0 and "--local" in told[0]
    assert "{plot_divs}" in (tmp_path / ".dvc" / told[0][-1]).read_text()


def test_outside_a_project_it_says_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="run from the project's root"):
        plots_page.main()
