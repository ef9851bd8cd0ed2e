/* The place of a mistake leads to it in the text: columns count characters, browsers count halves of them. */
"use strict";
document.addEventListener("click", (event) => {
  const place = event.target.closest("a[data-line]"), field = document.getElementById("text");
  if (!place || !field) return;
  event.preventDefault();
  const lines = field.value.split("\n"), line = Number(place.dataset.line) - 1, text = lines[line] || "";
  const before = lines.slice(0, line).reduce((sum, each) => sum + each.length + 1, 0);
  const within = [...text].slice(0, Number(place.dataset.column) - 1).join("").length;
  field.focus();
  field.setSelectionRange(before + within, before + text.length);
  field.scrollTop = (field.scrollHeight / lines.length) * Math.max(0, line - 3);
});
