"use strict";
(() => {
  const box = document.getElementById("filter");
  const told = document.getElementById("told");
  const rows = Array.from(document.querySelectorAll("[data-find]"));
  const narrow = () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const fits = words.every((word) => row.dataset.find.includes(word));
      row.hidden = !fits;
      if (fits) shown += 1;
    }
    told.textContent = words.length ? shown + " of " + rows.length + " entries fit" : "";
  };
  box.addEventListener("input", narrow);
  box.form.addEventListener("submit", (event) => event.preventDefault());
  box.form.hidden = false;
})();
