// Shows the sections of this site that hold every word asked for. Their text is loaded once something is typed, as a
// script: a page that was opened from disk may read no other file.
(() => {
  const MOST = 15, AROUND = 70;
  const base = document.currentScript.src.replace(/search\.js$/, "");
  const form = document.getElementById("search"), query = form.querySelector("input");
  const status = form.querySelector("output"), list = form.querySelector("ol");
  let loaded;

  function load() {
    loaded ??= new Promise((resolve) => {
      const script = document.createElement("script");
      script.src = `${base}search/index.js`;
      script.onload = () => resolve(window.sections);
      document.head.append(script);
    });
    return loaded;
  }

  function item({ location, title, text }, words) {
    const entry = document.createElement("li"), link = document.createElement("a"), around = document.createElement("p");
    link.href = base + location;
    link.textContent = title;
    const at = Math.max(text.toLowerCase().indexOf(words[0]), 0);
    around.textContent = text.slice(Math.max(at - AROUND, 0), at + AROUND);
    entry.append(link, around);
    return entry;
  }

  async function search() {
    const asked = query.value, words = asked.toLowerCase().split(/\s+/).filter(Boolean);
    const sections = words.length ? await load() : [];
    if (query.value !== asked) return;
    const holds = (text) => words.every((word) => text.toLowerCase().includes(word));
    const found = words.length ? sections.filter(({ title, text }) => holds(`${title} ${text}`)) : [];
    found.sort((one, other) => holds(other.title) - holds(one.title));
    list.replaceChildren(...found.slice(0, MOST).map((each) => item(each, words)));
    const more = found.length > MOST ? `, of which ${MOST} are shown` : "";
    status.textContent = words.length ? `${found.length} ${found.length === 1 ? "section" : "sections"}${more}` : "";
  }

  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  query.addEventListener("input", search);
})();
