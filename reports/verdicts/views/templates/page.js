(() => {
  "use strict";
  const form = document.getElementById("page-filters");
  const names = ["verdict", "grade", "kind", "gate", "section"];
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
    if (!isState && location.hash) {
      let target = null;
      try { target = document.getElementById(decodeURIComponent(location.hash.slice(1))); } catch { return; }
      if (target) target.scrollIntoView();
    }
  }

  form.hidden = false;
  form.addEventListener("input", () => { apply(); remember(); });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => { apply(); remember(); }));
  window.addEventListener("hashchange", follow);
  follow();
})();
