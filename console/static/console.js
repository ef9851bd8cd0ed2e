/* What htmx does not: keys, clocks, drafts, focus. Every page works without it. */
"use strict";
(() => {
  const TYPING = "textarea, select, [contenteditable], input:not([type=checkbox]):not([type=radio]):not([type=submit])";
  const DRAFT = "chaffinch-draft";
  const TYPED = ["note", "measure", "confidence"];
  const IDLE_MS = 10 * 60 * 1000;
  const RENEW_MS = 60 * 1000;
  const LOOK_MS = 15 * 1000;
  let lastActive = performance.now();

  /* Keys: whatever carries data-key is clicked by it. */
  const withKey = (key) =>
    [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key.split(" ").includes(key));

  const press = (target, event) => {
    if (!target || target.matches(":disabled") || document.querySelector("form.htmx-request")) return;
    event.preventDefault();
    if (target.matches(TYPING)) target.focus();
    else target.click();
  };

  /* Rows of a list: j and k go up and down where the page means nothing else by them, Enter opens. */
  const step = (by, event) => {
    const rows = [...document.querySelectorAll("a[data-row]")];
    if (!rows.length) return;
    event.preventDefault();
    const next = rows.indexOf(document.activeElement) + by;
    rows[Math.min(rows.length - 1, Math.max(0, next))].focus();
  };

  document.addEventListener("keydown", (event) => {
    lastActive = performance.now();
    /* A held key must not decide a row of comments; a key of an input method is not ours. */
    if (event.repeat || event.isComposing || document.querySelector("dialog[open]")) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
      press(document.querySelector("[data-submits]"), event);
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches(TYPING)) return;
    /* Caps lock is no modifier; shift is one for letters and digits, and needed for "?". */
    const key = event.key.toLowerCase();
    if (event.shiftKey && /^[a-z0-9]$/.test(key)) return;
    const target = withKey(key);
    if (target) press(target, event);
    else if (key === "j" || key === "k") step(key === "j" ? 1 : -1, event);
  });

  document.addEventListener("pointerdown", () => { lastActive = performance.now(); });

  /* The second click of a double click would fall on the next case, unseen. */
  document.addEventListener("click", (event) => {
    if (event.detail > 1 && event.target.closest(".verdict .buttons")) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, true);

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    const dialog = opener && document.getElementById(opener.dataset.opens);
    if (!dialog || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    dialog.showModal();
  });

  /* Clocks: the server says how many seconds are left, so that a browser's own clock may be wrong. */
  const deadlines = new WeakMap();
  const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

  const tick = () => {
    for (const one of document.querySelectorAll("[data-seconds-left]")) {
      if (!deadlines.has(one)) deadlines.set(one, performance.now() + 1000 * Number(one.dataset.secondsLeft));
      const left = Math.max(0, Math.ceil((deadlines.get(one) - performance.now()) / 1000));
      const count = one.querySelector("[data-count]");
      if (count) count.textContent = count.dataset.count === "clock" ? clock(left) : String(left);
      one.classList.toggle("soon", left <= 60);
      if (left > 0) continue;
      if (one.dataset.whenOver === "hide") one.hidden = true;
      else { one.classList.add("over"); one.textContent = one.dataset.whenOver; }
      delete one.dataset.secondsLeft;
    }
  };
  setInterval(tick, 1000);

  const inUse = () => document.visibilityState === "visible" && performance.now() - lastActive < IDLE_MS;
  const every = (milliseconds, selector, name) => setInterval(() => {
    const target = document.querySelector(selector);
    if (target && inUse()) window.htmx.trigger(target, name);
  }, milliseconds);
  every(RENEW_MS, "#lease[data-seconds-left]", "renew");
  every(LOOK_MS, "[data-looks-again]", "look-again");

  /* Drafts: what was ticked and written outlives a reload, a log-in that ended, another language, an undo. */
  const form = () => document.querySelector("form[data-draft]");
  const boxes = (of) => [...of.querySelectorAll("input[name=labels]")];

  document.addEventListener("input", (event) => {
    const of = event.target.closest("form[data-draft]");
    if (!of) return;
    const labels = boxes(of).filter((box) => box.checked).map((box) => box.value);
    const typed = Object.fromEntries(TYPED.map((name) => [name, of.elements[name].value]));
    const draft = { case: of.dataset.draft, labels, ...typed };
    try { sessionStorage.setItem(DRAFT, JSON.stringify(draft)); } catch { /* private browsing without storage */ }
  });

  const restore = () => {
    const of = form();
    if (!of || of.elements.note.value || boxes(of).some((box) => box.checked)) return;
    let draft = null;
    try { draft = JSON.parse(sessionStorage.getItem(DRAFT)); } catch { /* not ours */ }
    if (!draft || draft.case !== of.dataset.draft) return;
    for (const name of TYPED) of.elements[name].value = draft[name] || "";
    for (const box of boxes(of)) box.checked = draft.labels.includes(box.value);
  };

  document.addEventListener("submit", (event) => {
    /* `form.action` may be a button of that name. */
    if (!event.target.getAttribute("action").endsWith("/logout")) return;
    try { sessionStorage.removeItem(DRAFT); } catch { /* nothing was kept */ }
  });

  /* A new case begins at its top, and a screen reader begins with why it is here. */
  const settle = () => {
    restore();
    tick();
    const title = document.getElementById("case-title");
    if (!title) return;
    window.scrollTo(0, 0);
    title.focus({ preventScroll: true });
  };
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.elt.id === "main") settle();
  });
  const say = (sentence, loud) => {
    const said = document.getElementById("said");
    said.textContent = sentence;
    said.classList.toggle("unseen", !loud);
  };
  const sayOffline = () => say(document.getElementById("said").dataset.offline, true);
  document.addEventListener("htmx:sendError", sayOffline);

  /* Work ahead: the next case is in the page already, leased. It is shown at once, and the verdict goes on its way
     beside it; the answer brings the case after that. Whatever the server refuses is shown as it says. */
  let underWay = null;

  const goesAhead = (of, action) => {
    const ticked = boxes(of).some((box) => box.checked);
    return action === "approve" ? !ticked : action === "reject" ? ticked : ["unsure", "escalate", "skip"].includes(action);
  };

  const show = (main) => {
    document.getElementById("main").replaceWith(main);
    window.htmx.process(main);
    settle();
  };

  const graft = (main) => {
    const here = document.getElementById("main");
    const homes = { lease: ".case-head .facts", previous: ".verdict .buttons" };
    for (const id of ["said-bar", "lease", "previous", "ahead"]) {
      const [fresh, old] = [main.querySelector(`#${id}`), here.querySelector(`#${id}`)];
      if (old) old.remove();
      if (!fresh) continue;
      if (id === "said-bar") here.prepend(fresh);
      else (homes[id] ? here.querySelector(homes[id]) : here).append(fresh);
      window.htmx.process(fresh);
    }
    tick();
  };

  const send = async (of, fields) => {
    const answer = await fetch(of.getAttribute("action"), {
      method: "POST", body: new URLSearchParams(fields), headers: { "HX-Request": "true" }, redirect: "error",
    });
    const elsewhere = answer.headers.get("HX-Redirect");
    if (elsewhere) { window.location.assign(elsewhere); return; }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const main = page.getElementById("main");
    const place = answer.headers.get("HX-Replace-Url");
    if (place) window.history.replaceState(null, "", place);
    if (answer.ok && main.dataset.case === document.getElementById("main").dataset.case) graft(main);
    else show(main);
    const said = page.getElementById("said");
    say(said ? said.textContent : "", false);
  };

  const goAhead = async (of, action, next) => {
    const fields = new FormData(of);
    fields.set("action", action);
    fields.set("ahead", next.dataset.case);
    const before = document.getElementById("main");
    show(next.content.querySelector("#main").cloneNode(true));
    try { await send(of, fields); } catch { show(before); sayOffline(); }
  };

  document.addEventListener("submit", (event) => {
    const of = event.target, next = document.getElementById("ahead"), action = event.submitter && event.submitter.value;
    if (of.id !== "verdict" || !action || !(underWay || (next && goesAhead(of, action)))) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (underWay) {
      /* A verdict that comes before the last one's answer waits for it, and falls on its own case or on none. */
      underWay.then(() => {
        const now = form();
        if (now && now.dataset.draft === of.dataset.draft) now.querySelector(`button[value=${action}]`).click();
      });
      return;
    }
    underWay = goAhead(of, action, next).finally(() => { underWay = null; });
  }, true);
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) document.getElementById("said").classList.add("unseen");
  });
  document.addEventListener("DOMContentLoaded", () => { restore(); tick(); });
})();
