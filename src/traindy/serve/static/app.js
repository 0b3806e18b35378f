// Typed ahead: what the server would find after a click appears while one types.
const query = document.getElementById("q");
const found = document.getElementById("found");
let waiting = 0;

function offer(articles) {
  found.replaceChildren(...articles.map((article) => {
    const item = document.createElement("li");
    const label = document.createElement("label");
    const box = document.createElement("input");
    box.type = "checkbox";
    box.name = "bought";
    box.value = article.article_id;
    box.addEventListener("change", () => {
      document.getElementById("bought").append(item);
    });
    const id = document.createElement("span");
    id.className = "muted";
    id.textContent = article.article_id;
    label.append(box, ` ${article.name} `, id);
    item.append(label);
    return item;
  }));
}

query.addEventListener("input", () => {
  clearTimeout(waiting);
  const text = query.value.trim();
  waiting = setTimeout(async () => {
    if (!text) return offer([]);
    const answer = await fetch(`/api/articles?q=${encodeURIComponent(text)}`);
    if (answer.ok && query.value.trim() === text) offer(await answer.json());
  }, 150);
});
