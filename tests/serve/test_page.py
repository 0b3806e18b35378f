"""The page in a real browser: by mouse, by keyboard, on a phone, without JavaScript, by axe's rules."""

import time

import pytest

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
SHIFT = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((each) => { sum += each.value; }))
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(sum), 300);
})"""
BOXES = "[...document.querySelectorAll('.card')].map((card) => card.getBoundingClientRect().toJSON())"
CARDS = ".card h3"
PATIENCE = 10


@pytest.fixture
def open_page(browser, address):
    """Opens a path; afterwards nothing may have gone wrong, nor been asked of anybody else."""
    contexts, wrong = [], []

    def opened(path="/", viewport=DESKTOP, **options):
        context = browser.new_context(viewport=viewport, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: message.type == "error" and wrong.append(message.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda sent: sent.url.startswith(address) or wrong.append(sent.url))
        page.goto(address + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not wrong


def until(holds):
    """The page's policy forbids Playwright's own way to wait for a script."""
    end = time.monotonic() + PATIENCE
    while not holds() and time.monotonic() < end:
        time.sleep(0.02)
    assert holds()


def names(page):
    return page.locator(CARDS).all_text_contents()


def test_the_form_leads_to_twenty_cards_and_to_others(open_page):
    page = open_page()
    page.get_by_label("Age").select_option("20-29")
    page.get_by_label("Club").select_option("ACTIVE")
    page.get_by_role("button", name="Show recommendations").click()
    page.get_by_role("heading", name="Popular with age 20-29, club Active").wait_for()
    first = names(page)
    assert len(first) == 20 and page.locator(".card svg").count() == 20
    assert page.get_by_label("Age").input_value() == "20-29", "what was said stays"
    others = []
    for _ in range(3):
        page.get_by_role("button", name="Show me others").click()
        page.get_by_role("heading", name=": others").wait_for()
        others.append(names(page))
        assert len(others[-1]) == 20
    assert any(each != first for each in others)


def test_a_bought_article_is_found_while_typing_and_is_the_reason(open_page):
    page = open_page()
    page.get_by_label("Search an article").type("SHIRT 3")
    box = page.get_by_role("checkbox", name="shirt 3 003")
    box.wait_for()
    assert page.locator("#found li").count() == 11, "shirt 3 and shirt 30 to 39"
    box.check()
    assert page.locator("#bought").get_by_text("shirt 3 003").is_visible()
    page.get_by_label("Search an article").fill("shirt 39")
    until(lambda: page.locator("#found li").count() == 1)
    page.get_by_role("button", name="Show recommendations").click()
    page.get_by_role("heading", name="Because you bought shirt 3").wait_for()
    assert len(names(page)) == 20 and "shirt 3" not in names(page)
    assert page.locator(".why").filter(has_text="Goes with: shirt 3").count() > 0
    page.get_by_role("checkbox", name="shirt 3 003").uncheck()
    page.get_by_role("button", name="Show recommendations").click()
    page.get_by_role("heading", name="Popular with everybody now").wait_for()


def test_the_keyboard_is_enough(open_page):
    page = open_page()
    focused = "document.activeElement.outerHTML"
    keys = page.keyboard
    keys.press("Tab")
    assert "Skip to the recommendations" in page.evaluate(focused)
    assert page.get_by_text("Skip to the recommendations").bounding_box()["x"] >= 0, "seen when it is focused"
    keys.press("Tab")
    keys.type("20")
    assert page.get_by_label("Age").input_value() == "20-29"
    keys.press("Tab")
    keys.press("Tab")
    keys.type("shirt 12")
    page.get_by_role("checkbox", name="shirt 12").wait_for()
    keys.press("Tab")
    if "checkbox" not in page.evaluate(focused):  # the list, which scrolls
        keys.press("Tab")
    keys.press("Space")
    assert page.locator("#bought input:focus:checked").count() == 1, "the keyboard stays where it was"
    for _ in range(9):
        keys.press("Tab")
        if "Show recommendations" in page.evaluate(focused):
            break
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid", "what has the focus is seen"
    keys.press("Enter")
    page.get_by_role("heading", name="Because you bought shirt 12").wait_for()
    assert len(names(page)) == 20


def test_a_phone_shows_all_of_it_and_goes_to_the_results(open_page):
    page = open_page(viewport=PHONE, has_touch=True, is_mobile=True)
    page.get_by_label("Age").select_option("30+")
    page.get_by_role("button", name="Show recommendations").tap()
    page.get_by_role("heading", name="Popular with age 30+").wait_for()
    until(lambda: page.evaluate("document.querySelector('h2').getBoundingClientRect().top < innerHeight / 2"))
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], "no scrolling sideways"
    first, second = page.evaluate(BOXES)[:2]
    assert first["y"] == second["y"] and min(first["width"], second["width"]) > 150, "two beside each other"
    targets = page.locator("button, select").all()
    assert all(each.bounding_box()["height"] >= 44 for each in targets), "large enough for a finger"


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_nothing_moves_while_it_loads(open_page, viewport):
    page = open_page("/?age=30%2B&bought=003&q=shirt", viewport)
    assert page.evaluate(SHIFT) < 0.01


def test_without_javascript_it_takes_one_click_more(open_page):
    page = open_page(java_script_enabled=False)
    page.get_by_label("Search an article").fill("shirt 12")
    page.get_by_role("button", name="Show recommendations").click()
    page.get_by_role("checkbox", name="shirt 12").check()
    page.get_by_role("button", name="Show recommendations").click()
    assert page.get_by_role("heading", name="Because you bought shirt 12").is_visible()
    assert len(names(page)) == 20


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/?age=30%2B&bought=003&q=shirt+1&seed=3", "/?age=old"])
def test_axe_finds_nothing_serious(browser, address, axe, scheme, path):
    context = browser.new_context(color_scheme=scheme, viewport=DESKTOP)
    page = context.new_page()
    page.goto(address + path)
    page.evaluate(axe)
    found = page.evaluate("axe.run()")
    context.close()
    serious = [
        f"{each['id']}: {each['nodes'][0]['html']}"
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
    ]
    assert found["passes"] and not serious
