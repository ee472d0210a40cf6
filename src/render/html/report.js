"use strict";
(() => {
  const all = (what, where = document) => Array.from(where.querySelectorAll(what));
  const table = document.getElementById("matrix");
  if (!table) return;
  const form = document.getElementById("filter");
  const told = document.getElementById("told");
  const none = document.getElementById("none");
  const fold = (text) => text.toLowerCase();
  const verdictOf = (anchor) => anchor.slice(0, anchor.lastIndexOf("-"));

  // Each entry below the matrix: its text without the names of repositories, for the search.
  const articles = new Map(all("main article").map((article) => {
    const copy = article.cloneNode(true);
    all(".targets, .place", copy).forEach((one) => one.remove());
    return [article.id, { article, text: fold(copy.textContent) }];
  }));
  const keys = all("thead th", table).map((head) => head.textContent);
  const words = new Map(all("#legend li").map((item) => [item.dataset.verdict, item.childNodes[1].data.trim()]));

  // The matrix: rows of marks; each mark has parts, gravest first.
  const rows = all("tbody tr:not(.org)", table).map((row) => {
    const org = row.parentElement.dataset.org;
    const name = row.cells[0].textContent;
    const cells = all("td > a", row).map((link) => {
      const column = link.parentElement.cellIndex;
      const parts = (link.dataset.all || link.hash.slice(1)).split(" ");
      const head = fold(org + "/" + name + " " + keys[column]);
      return { link, column, parts, head, key: keys[column], org, name, shown: true };
    });
    return { row, cells, shown: true };
  });
  const byLink = new Map(rows.flatMap((row) => row.cells).map((cell) => [cell.link, cell]));
  const bodies = all("tbody", table);
  const total = rows.reduce((sum, row) => sum + row.cells.reduce((n, cell) => n + cell.parts.length, 0), 0);

  // The legend becomes buttons: none pressed shows all, pressed ones show theirs.
  const pressed = new Set();
  const buttons = all("#legend li").map((item) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...item.childNodes);
    button.title = item.title;
    item.removeAttribute("title");
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => {
      const verdict = item.dataset.verdict;
      if (!pressed.delete(verdict)) pressed.add(verdict);
      button.setAttribute("aria-pressed", String(pressed.has(verdict)));
      narrow();
    });
    item.append(button);
    return button;
  });

  const paint = (cell, parts) => {
    const verdict = verdictOf(parts[0]);
    const number = parts.filter((part) => verdictOf(part) === verdict).length;
    // Most marks stay as they are: only what changes is laid out anew.
    if (cell.painted === verdict + number) return;
    cell.painted = verdict + number;
    cell.link.className = "mark " + verdict;
    cell.link.textContent = words.get(verdict);
    if (number > 1) {
      const times = document.createElement("sup");
      times.textContent = "×" + number;
      cell.link.append(" ", times);
    }
  };

  const narrow = () => {
    const sought = fold(form.elements.words.value).split(/\s+/).filter(Boolean);
    const org = form.elements.org.value;
    const key = form.elements.key.value;
    const used = new Set();
    let count = 0;
    let places = 0;
    const fits = (cell, part) => (!pressed.size || pressed.has(verdictOf(part)))
      && sought.every((word) => cell.head.includes(word) || words.get(verdictOf(part)).includes(word)
        || articles.get(part).text.includes(word));
    for (const row of rows) {
      row.shown = false;
      for (const cell of row.cells) {
        const out = (org && cell.org !== org) || (key && cell.key !== key);
        const parts = out ? [] : cell.parts.filter((part) => fits(cell, part));
        if (cell.shown !== parts.length > 0) cell.link.hidden = cell.shown;
        cell.shown = parts.length > 0;
        if (cell.shown) {
          paint(cell, parts);
          parts.forEach((part) => used.add(part));
          count += parts.length;
          row.shown = true;
        }
      }
      if (row.row.hidden === row.shown) row.row.hidden = !row.shown;
      if (row.shown) places += 1;
    }
    for (const body of bodies) body.hidden = !all("tr:not(.org)", body).some((row) => !row.hidden);
    columns(key);
    for (const [id, { article }] of articles) article.hidden = !used.has(id);
    for (const section of all("main > section")) {
      const own = all("article", section);
      if (own.length) section.hidden = own.every((article) => article.hidden);
    }
    none.hidden = count > 0;
    table.hidden = count === 0;
    told.textContent = count === total ? total + " results in " + rows.length + " places"
      : count + " of " + total + " results, in " + places + " of " + rows.length + " places";
    if (!at || !at.shown) enter((rows.find((row) => row.shown) || { cells: [] }).cells.find((cell) => cell.shown));
  };

  let only = "";
  const columns = (key) => {
    if (key === only) return;
    only = key;
    for (const row of all("tr:not(.org)", table)) {
      Array.from(row.cells).forEach((cell, column) => {
        if (column) cell.hidden = Boolean(key) && keys[column] !== key;
      });
    }
  };

  // One mark of the matrix is in the order of the tabulator; the arrow keys move it.
  let at = null;
  const enter = (cell) => {
    if (at) at.link.tabIndex = -1;
    at = cell || null;
    if (at) at.link.tabIndex = 0;
  };
  const beside = (row, column) => row.cells.filter((cell) => cell.shown)
    .sort((a, b) => Math.abs(a.column - column) - Math.abs(b.column - column))[0];
  const steps = {
    ArrowLeft: (shown, y, x) => [y, x - 1], ArrowRight: (shown, y, x) => [y, x + 1],
    ArrowUp: (shown, y) => [y - 1], ArrowDown: (shown, y) => [y + 1],
    PageUp: (shown, y) => [Math.max(y - 10, 0)], PageDown: (shown, y) => [Math.min(y + 10, shown.length - 1)],
    Home: (shown, y, x, whole) => [whole ? 0 : y, 0], End: (shown, y, x, whole) => [whole ? shown.length - 1 : y, Infinity],
  };
  table.addEventListener("keydown", (event) => {
    const step = steps[event.key];
    if (!step || event.altKey || event.metaKey || event.shiftKey) return;
    const shown = rows.filter((row) => row.shown);
    const y = shown.findIndex((row) => row.cells.some((cell) => cell.link === event.target));
    if (y === -1) return;
    const marks = shown[y].cells.filter((cell) => cell.shown);
    const x = marks.findIndex((cell) => cell.link === event.target);
    const [to, mark] = step(shown, y, x, event.ctrlKey);
    const row = shown[to];
    if (!row) return;
    const there = row.cells.filter((cell) => cell.shown);
    const next = mark === undefined ? beside(row, marks[x].column) : there[Math.min(mark, there.length - 1)];
    event.preventDefault();
    if (!next) return;
    enter(next);
    next.link.focus();
  });

  // A mark opens what is said of it; without a dialog it leads there.
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-labelledby", "dialog-name");
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = "Close";
  close.addEventListener("click", () => dialog.close());
  const title = document.createElement("h2");
  title.id = "dialog-name";
  const content = document.createElement("div");
  content.className = "content";
  content.tabIndex = 0;
  content.setAttribute("role", "group");
  content.setAttribute("aria-labelledby", "dialog-name");
  dialog.append(close, title, content);
  document.body.append(dialog);
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  table.addEventListener("click", (event) => {
    const link = event.target.closest("td > a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const cell = byLink.get(link);
    title.textContent = (link.closest("tr").querySelector("i") ? cell.org : cell.org + "/" + cell.name) + ": " + cell.key;
    content.replaceChildren(...Array.from(new Set(cell.parts)).map((part) => {
      const copy = articles.get(part).article.cloneNode(true);
      copy.removeAttribute("id");
      copy.hidden = false;
      all(".targets", copy).forEach((one) => one.remove());
      const verdict = document.createElement("span");
      verdict.className = "mark " + verdictOf(part);
      const head = copy.querySelector("h3");
      head.querySelector(".place").remove();
      head.prepend(verdict, " " + words.get(verdictOf(part)) + ": ");
      return copy;
    }));
    enter(cell);
    dialog.showModal();
    content.scrollTop = 0;
  });

  rows.forEach((row) => row.cells.forEach((cell) => { cell.link.tabIndex = -1; }));
  table.setAttribute("role", "grid");
  table.setAttribute("aria-labelledby", "overview");
  table.parentElement.removeAttribute("tabindex");
  form.elements.words.addEventListener("input", narrow);
  form.addEventListener("change", narrow);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => {
    pressed.clear();
    buttons.forEach((button) => button.setAttribute("aria-pressed", "false"));
    setTimeout(narrow);
  });
  all(".scripted").forEach((one) => { one.hidden = false; });
  narrow();
})();
