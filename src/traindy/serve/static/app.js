// Typed ahead: what the server would find after a click appears while one types.
const query = document.getElementById("q");
const found = document.getElementById("found");
const bought = document.getElementById("bought");
const said = document.getElementById("said");
let waiting = 0;

function line(article) {
  const item = document.createElement("li");
  const label = document.createElement("label");
  const box = document.createElement("input");
  box.type = "checkbox";
  box.name = "bought";
  box.value = article.article_id;
  const id = document.createElement("span");
  id.className = "muted";
  id.textContent = article.article_id;
  label.append(box, ` ${article.name} `, id);
  item.append(label);
  return item;
}

function offer(articles) {
  const there = new Set([...bought.querySelectorAll("input")].map((box) => box.value));
  const others = articles.filter((article) => !there.has(article.article_id));
  found.replaceChildren(...others.map(line));
  said.textContent = query.value.trim() ? `${others.length} found` : "";
}

// A tick puts an article among the bought ones; the keyboard stays where it was.
found.addEventListener("change", ({ target }) => {
  if (!target.checked) return;
  bought.append(target.closest("li"));
  target.focus();
  said.textContent = `${target.parentElement.textContent.trim()} added`;
});

query.addEventListener("input", () => {
  clearTimeout(waiting);
  const text = query.value.trim();
  waiting = setTimeout(async () => {
    if (!text) return offer([]);
    const answer = await fetch(`/api/articles?q=${encodeURIComponent(text)}`);
    if (answer.ok && query.value.trim() === text) offer(await answer.json());
  }, 150);
});
