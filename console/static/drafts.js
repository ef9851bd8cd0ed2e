/* What was ticked, written and looked at outlives a reload, another language, an undo; a log-out ends it. */
"use strict";
(() => {
  const { form, boxes, drawSpan, whenShown } = chaffinch;

  const DRAFT = "chaffinch-draft";
  const DRAFTS = "chaffinch-drafts";
  const MOST_DRAFTS = 20;
  const TYPED = ["note", "ground", "measure", "confidence", "words", "span", "skip_reason", "reason", "to"];

  /* Drafts: what was ticked and written outlives a reload, a log-in that ended, another language, an undo. */
  const drafts = () => {
    try { return JSON.parse(sessionStorage.getItem(DRAFTS)) || {}; } catch { return {}; }
  };

  document.addEventListener("input", (event) => {
    const of = event.target.closest("form[data-draft]");
    if (!of) return;
    const labels = boxes(of).filter((box) => box.checked).map((box) => box.value);
    if (event.target.name === "words") { of.elements.span.value = ""; drawSpan(); }
    const typed = Object.fromEntries(TYPED.map((name) => [name, of.elements[name]?.value || ""]));
    /* The newest stand last; beyond so many the oldest go. */
    const { [of.dataset.draft]: _, ...others } = drafts();
    const kept = [...Object.entries(others), [of.dataset.draft, { labels, ...typed }]].slice(-MOST_DRAFTS);
    try { sessionStorage.setItem(DRAFTS, JSON.stringify(Object.fromEntries(kept))); } catch { /* private browsing */ }
  });

  const restore = () => {
    const of = form();
    if (!of || of.elements.note.value || boxes(of).some((box) => box.checked)) return;
    const draft = drafts()[of.dataset.draft];
    if (!draft) return;
    for (const name of TYPED) if (of.elements[name] && draft[name]) of.elements[name].value = draft[name];
    drawSpan();
    for (const box of boxes(of)) box.checked = draft.labels.includes(box.value);
  };

  /* Ticks of a list outlive a change of language or theme, and no more: what was ticked long ago is not meant. */
  const kept = () => document.querySelector("form[data-keeps]");
  document.addEventListener("submit", (event) => {
    const of = kept();
    if (!of || !event.target.getAttribute("action").endsWith("/preferences")) return;
    const told = [...of.elements].filter((one) => one.name && !["hidden", "submit"].includes(one.type) && (one.type === "checkbox" ? one.checked : one.value));
    const draft = { place: location.href, told: told.map((one) => [one.name, one.value]) };
    try { sessionStorage.setItem(`${DRAFT}-ticks`, JSON.stringify(draft)); } catch { /* private browsing */ }
  });
  /* The place on the page outlives a change of language or theme too. */
  const PLACE = `${DRAFT}-place`;
  const scrolled = () => [document.scrollingElement, document.querySelector("#verdict")];
  document.addEventListener("submit", (event) => {
    if (!event.target.getAttribute("action")?.endsWith("/preferences")) return;
    const told = { place: location.href, tops: scrolled().map((one) => one?.scrollTop || 0) };
    try { sessionStorage.setItem(PLACE, JSON.stringify(told)); } catch { /* private browsing */ }
  });
  const scrollAgain = () => {
    let told = null;
    try { told = JSON.parse(sessionStorage.getItem(PLACE)); sessionStorage.removeItem(PLACE); } catch { /* not ours */ }
    if (told?.place !== location.href) return;
    scrolled().forEach((one, at) => { if (one) one.scrollTop = told.tops[at]; });
  };
  const tickAgain = () => {
    const of = kept();
    let draft = null;
    try {
      draft = JSON.parse(sessionStorage.getItem(`${DRAFT}-ticks`));
      sessionStorage.removeItem(`${DRAFT}-ticks`);
    } catch { /* not ours */ }
    if (!of || !draft || draft.place !== location.href) return;
    for (const [name, value] of draft.told) {
      for (const one of of.elements) {
        if (one.name !== name || one.type === "submit") continue;
        if (one.type !== "checkbox") one.value = value;
        else if (one.value === value) one.checked = true;
      }
    }
  };

  document.addEventListener("submit", (event) => {
    /* `form.action` may be a button of that name. */
    if (!event.target.getAttribute("action").endsWith("/logout")) return;
    try { sessionStorage.removeItem(DRAFTS); } catch { /* nothing was kept */ }
  });

  whenShown(restore);
  document.addEventListener("DOMContentLoaded", () => { restore(); tickAgain(); scrollAgain(); });
})();
