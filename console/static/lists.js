/* Rows of a list: the way through them by keys, and how many of them are ticked. */
"use strict";
(() => {
  /* Rows of a list: j and k go up and down where the page means nothing else by them, Enter opens. */
  const step = (by, event) => {
    const rows = [...document.querySelectorAll("[data-row]")];
    if (!rows.length) return;
    event.preventDefault();
    const next = rows.indexOf(document.activeElement) + by;
    rows[Math.min(rows.length - 1, Math.max(0, next))].focus();
  };

  /* The space bar ticks the row that has the focus, where the row is a way to elsewhere and its box stands beside. */
  const tickRow = (event) => {
    const row = event.target.closest("a[data-row]");
    const box = row?.closest("li, tr").querySelector("input.tick");
    if (!box) return;
    event.preventDefault();
    box.click();
  };

  /* One box for all of the page, which follows them; beside the verdict stands how many are ticked. */
  const TICKS = "input.tick[form=decide], input.tick[name=comments]";
  const ticks = () => [...document.querySelectorAll(TICKS)];
  const countTicks = () => {
    const all = document.querySelector("[data-ticks-all]"), told = document.querySelector("[data-ticked]");
    const on = ticks().filter((box) => box.checked).length;
    if (all) {
      all.checked = on > 0 && on === ticks().length;
      all.indeterminate = on > 0 && !all.checked;
    }
    if (told) told.textContent = told.dataset.ticked.replace("{n}", on);
  };
  /* Over how many a verdict goes, once some were left out of what the page shows. */
  const countPicked = () => {
    const left = [...document.querySelectorAll("input[name=picked]:not(:checked)")];
    const without = left.reduce((sum, box) => sum + box.value.split(" ").length, 0);
    for (const one of document.querySelectorAll("[data-of-picked]")) {
      one.textContent = one.dataset.ofPicked.replace("{n}", Number(one.dataset.most) - without);
    }
  };
  document.addEventListener("change", (event) => {
    if (event.target.matches("input[name=picked]")) countPicked();
    if (event.target.matches("[data-ticks-all]")) for (const box of ticks()) box.checked = event.target.checked;
    if (event.target.matches(`[data-ticks-all], ${TICKS}`)) countTicks();
  });

  document.addEventListener("DOMContentLoaded", () => { countTicks(); countPicked(); });

  Object.assign(chaffinch, { step, tickRow });
})();
