(() => {
  "use strict";
  const form = document.getElementById("page-filters");
  const names = ["verdict", "grade", "kind", "gate", "support", "headline", "section"];
  const cards = [...document.querySelectorAll("article.claim")];
  const chapters = [...document.querySelectorAll("section.chapter")];
  const texts = new Map();
  const text = (card) => {
    if (!texts.has(card)) texts.set(card, card.textContent.toLowerCase());
    return texts.get(card);
  };

  function apply() {
    const words = form.q.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const card of cards) {
      card.hidden = !(
        names.every((name) => !form[name].value || card.dataset[name] === form[name].value) &&
        words.every((word) => text(card).includes(word))
      );
      shown += !card.hidden;
    }
    for (const chapter of chapters) chapter.hidden = !chapter.querySelector("article.claim:not([hidden])");
    form.querySelector("output").textContent = `${shown} of ${cards.length} claims`;
  }

  function remember() {
    const state = new URLSearchParams();
    for (const name of [...names, "q"]) if (form[name].value) state.set(name, form[name].value);
    history.replaceState(null, "", `#${state}`);
  }

  function follow() {
    const state = new URLSearchParams(location.hash.slice(1));
    const isState = [...names, "q"].some((name) => state.has(name));
    for (const name of [...names, "q"]) form[name].value = (isState && state.get(name)) || "";
    apply();
    if (!isState && location.hash) reveal(location.hash.slice(1));
  }

  function reveal(name) {
    let target = null;
    try { target = document.getElementById(decodeURIComponent(name)); } catch { return; }
    for (let fold = target?.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    target?.scrollIntoView();
  }

  function step(way) {
    const shown = cards.filter((card) => !card.hidden);
    const here = shown.findIndex((card) => card.contains(document.activeElement));
    const next = here < 0 ? shown[way > 0 ? 0 : shown.length - 1] : shown[here + way];
    next?.querySelector("a.id").focus();
    next?.scrollIntoView();
  }

  function press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && event.target === form.q) form.q.blur();
    if (event.target.closest("input, select, textarea")) return;
    if (event.key === "/") { event.preventDefault(); form.q.focus(); }
    if (event.key === "j") step(1);
    if (event.key === "k") step(-1);
  }

  function copied(event) {
    const button = event.target.closest("button.copy");
    if (!button) return;
    navigator.clipboard?.writeText(button.previousElementSibling.textContent).then(() => {
      button.textContent = "copied";
      setTimeout(() => { button.textContent = "copy"; }, 1500);
    }, () => { button.textContent = "not copied"; });
  }

  for (const line of document.querySelectorAll("code.command")) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "copy", textContent: "copy" });
    line.after(button);
  }
  form.hidden = false;
  form.addEventListener("input", () => { apply(); remember(); });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => { apply(); remember(); }));
  document.addEventListener("keydown", press);
  document.addEventListener("click", copied);
  window.addEventListener("hashchange", follow);
  follow();
})();
