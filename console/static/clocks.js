/* Clocks on the page, and what is asked again every so often while somebody is there. */
"use strict";
(() => {
  const { whenShown } = chaffinch;

  const IDLE_MS = 10 * 60 * 1000;
  const RENEW_MS = 60 * 1000;
  const LOOK_MS = 15 * 1000;

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
  /* How long until then, in milliseconds. */
  const leftOf = (one) => deadlines.has(one) ? deadlines.get(one) - performance.now() : 1000 * Number(one?.dataset.secondsLeft || 0);
  setInterval(tick, 1000);

  let lastActive = performance.now();
  for (const how of ["keydown", "pointerdown"]) document.addEventListener(how, () => { lastActive = performance.now(); });
  const inUse = () => document.visibilityState === "visible" && performance.now() - lastActive < IDLE_MS;
  const every = (milliseconds, selector, name) => setInterval(() => {
    const target = document.querySelector(selector);
    if (target && inUse()) window.htmx.trigger(target, name);
  }, milliseconds);
  every(RENEW_MS, "#lease[data-seconds-left]", "renew");
  every(RENEW_MS, "#today", "renew");
  every(LOOK_MS, "[data-looks-again]", "look-again");

  /* Whoever leaves the work page for good gives the case back: the server keeps it for some seconds, so that a reload, or
     another language, finds it in hand. A step aside that comes back (a story, a decision, all that is like it) says
     nothing, and neither does a page whose verdict is on its way. */
  const ASIDE_MS = 5 * 1000, AGAIN_MS = 2500;
  let asideAt = -Infinity;
  const stepAside = () => { asideAt = performance.now(); };
  document.addEventListener("click", (event) => {
    if (event.target.closest("main a[href], main button")) stepAside();
  }, true);
  const keep = () => {
    const lease = document.querySelector("#lease[data-seconds-left]");
    if (lease) window.htmx.trigger(lease, "renew");
  };
  /* Another tab may still show it, or what was taken ahead: it hears that this one is left, and renews what it has after
     this one's word. It hears while it is shown: a page that listens is not kept for the way back. */
  let tabs;
  const hear = () => {
    tabs = new BroadcastChannel("chaffinch-left");
    tabs.onmessage = () => { setTimeout(keep, AGAIN_MS); };
  };
  hear();
  const leave = (lease) => {
    if (!lease || performance.now() - asideAt < ASIDE_MS || chaffinch.isUnderWay?.()) return;
    navigator.sendBeacon(lease.dataset.leave, new URLSearchParams(JSON.parse(lease.getAttribute("hx-vals"))));
    tabs.postMessage("left");
  };
  window.addEventListener("pagehide", () => {
    leave(document.querySelector("#lease[data-seconds-left]"));
    tabs.close();
  });
  window.addEventListener("pageshow", (event) => { if (event.persisted) { hear(); keep(); } });
  /* What the page before said when it was left may come after this page was asked for. */
  document.addEventListener("DOMContentLoaded", () => { setTimeout(keep, AGAIN_MS); });

  /* What was done today is asked for when the next case was put on the desk, once for several in a row. */
  const SOON_MS = 2000;
  let asked;
  whenShown(() => {
    clearTimeout(asked);
    asked = setTimeout(() => {
      const today = document.getElementById("today");
      if (today) window.htmx.trigger(today, "renew");
    }, SOON_MS);
  });

  whenShown(tick);
  document.addEventListener("DOMContentLoaded", tick);

  Object.assign(chaffinch, { tick, leftOf });
})();
