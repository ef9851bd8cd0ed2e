/* What was typed into a long form outlives a log-in that ended meanwhile. */
"use strict";
(() => {
  const { say } = chaffinch;

  /* What was typed into a form that takes long (a rule, a note) outlives a log-in that ended meanwhile: it is kept in
     this tab from the first letter on, put back only where the log-in form came in between, and gone once it was taken. */
  const TYPED_TEXT = "chaffinch-draft-typed";
  const typedForm = (kept) => [...document.querySelectorAll("form[data-typed]")]
    .find((one) => one.getAttribute("action") === kept.form);
  const typedText = (change) => {
    try {
      const kept = change(JSON.parse(sessionStorage.getItem(TYPED_TEXT)));
      if (kept) sessionStorage.setItem(TYPED_TEXT, JSON.stringify(kept));
      else sessionStorage.removeItem(TYPED_TEXT);
    } catch { /* private browsing without storage */ }
  };
  const typedIn = (of) => [...of.elements]
    .filter((one) => one.name && one.name !== "csrf" && one.name !== "lease" && one.type !== "submit")
    .map((one) => [one.name, one.type === "checkbox" ? [one.value, one.checked] : one.value]);
  document.addEventListener("input", (event) => {
    const of = event.target.closest("form[data-typed]");
    if (of) typedText(() => ({ form: of.getAttribute("action"), told: typedIn(of), sent: false, ended: false }));
  });
  document.addEventListener("submit", (event) => {
    if (event.target.matches("form[data-typed]")) typedText((kept) => kept && { ...kept, sent: true });
  });
  const typeAgain = () => typedText((kept) => {
    if (!kept) return null;
    if (document.querySelector("main input[type=password]")) return { ...kept, sent: false, ended: true };
    const of = typedForm(kept);
    if (!kept.ended) return kept.sent || of ? null : kept;
    if (!of) return kept;
    for (const [name, value] of kept.told) {
      for (const one of of.elements) {
        if (one.name !== name || one.type === "submit") continue;
        if (one.type !== "checkbox") one.value = value;
        else if (one.value === value[0]) one.checked = value[1];
      }
    }
    say(document.getElementById("said").dataset.again, true);
    return { ...kept, ended: false };
  });

  document.addEventListener("submit", (event) => {
    if (!event.target.getAttribute("action").endsWith("/logout")) return;
    try { sessionStorage.removeItem(TYPED_TEXT); } catch { /* nothing was kept */ }
  });

  document.addEventListener("DOMContentLoaded", typeAgain);
})();
