/* What htmx does not, begins here: what the other scripts share. Every page works without any of them.
   Each takes from `chaffinch` what it needs of those before it (`base.html` has the order), and says last what it gives. */
"use strict";
const chaffinch = (() => {
  const TYPING = "textarea, select, [contenteditable], input:not([type=checkbox]):not([type=radio]):not([type=submit])";
  document.documentElement.classList.add("scripted");

  /* What a tab remembers is whoever's that typed it: where somebody else has logged in it goes, before they see it. */
  const WHOSE = "chaffinch-whose";
  const forgetOthers = () => {
    const { me } = document.body.dataset;
    if (!me) return;
    try {
      if (sessionStorage.getItem(WHOSE) === me) return;
      Object.keys(sessionStorage).filter((name) => name.startsWith("chaffinch-")).forEach((name) => sessionStorage.removeItem(name));
      sessionStorage.setItem(WHOSE, me);
    } catch { /* nothing was kept */ }
  };
  forgetOthers();

  /* The verdict's form of the case on the screen, and its labels. */
  const form = () => document.querySelector("form[data-draft]");
  const boxes = (of) => [...of.querySelectorAll("input[name=labels]")];

  /* One sentence to whoever looks and to whoever listens; `grave` is what keeps them from going on. */
  const say = (sentence, loud, grave = false) => {
    const said = document.getElementById("said");
    said.textContent = sentence;
    said.classList.toggle("unseen", !loud);
    said.classList.toggle("grave", grave);
  };

  /* While verdicts are kept that is what is so, whatever else finds no server (`verdicts.js`); and a question that stands
     needs none: what looks again by itself does not take its place (`slips.js`). */
  const isAsked = () => {
    const said = document.getElementById("said");
    return !said.classList.contains("unseen") && [...document.querySelectorAll("[data-unread]")].some((one) => one.dataset.unread === said.textContent);
  };
  const saySilent = (why) => {
    if (!chaffinch.sayKept?.() && !isAsked()) say(document.getElementById("said").dataset[why], true, true);
  };
  window.addEventListener("online", () => {
    const said = document.getElementById("said");
    if (said.textContent === said.dataset.offline) say("", false);
  });
  document.addEventListener("htmx:sendError", () => saySilent("offline"));
  /* An answer that says that there is none takes nothing off the page. */
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status < 500) return;
    event.detail.shouldSwap = false;
    saySilent("busy");
  });

  /* A field takes so many characters and no more: what a paste leaves out is said. */
  document.addEventListener("paste", (event) => {
    const field = event.target, most = field.maxLength;
    if (!event.clipboardData || !(most >= 0)) return;
    const pasted = event.clipboardData.getData("text").length;
    const over = field.value.length - (field.selectionEnd - field.selectionStart) + pasted - most;
    if (over > 0) say(document.getElementById("said").dataset.cut.replace("{most}", most).replace("{over}", over), true);
  });

  /* A new case begins at its top, and a screen reader begins with why it is here. Who has something to do with a new case
     says so by `whenShown`. */
  const shown = [];
  const whenShown = (does) => { shown.push(does); };
  const settle = () => {
    for (const does of shown) does();
    if (document.querySelector("#main > .alert")) document.getElementById("said").classList.add("unseen");
    const title = document.getElementById("case-title");
    if (!title) return;
    window.scrollTo(0, 0);
    title.focus({ preventScroll: true });
  };
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.elt.id === "main") settle();
  });

  return { TYPING, form, boxes, say, settle, whenShown };
})();
