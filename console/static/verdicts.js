/* A verdict on its way: the next case is shown at once, and what the server did not take is kept and sent again. */
"use strict";
(() => {
  const { form, boxes, say, settle, tick, leftOf } = chaffinch;

  const SENT = "chaffinch-sent";
  const PATIENCE_MS = 20 * 1000;
  const PAUSES_MS = [1000, 2000, 4000, 8000];

  /* Work ahead: the next case is in the page already, leased. It is shown at once, and the verdict goes on its way
     beside it; the answer brings the case after that. Whatever the server refuses is shown as it says. */
  let underWay = null;

  const goesAhead = (of, action) => {
    const ticked = boxes(of).some((box) => box.checked) || Boolean(of.elements.ground?.value);
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

  /* A verdict is kept until the server has it. One that finds no answer, or a server that cannot write, is sent again for
     as long as the case is held: the same form under the same claim counts once. It outlives the page. */
  const wait = (milliseconds) => new Promise((done) => {
    setTimeout(done, milliseconds);
    window.addEventListener("online", done, { once: true });
  });
  const keepSent = (kept) => {
    try {
      if (kept) sessionStorage.setItem(SENT, JSON.stringify(kept));
      else sessionStorage.removeItem(SENT);
    } catch { /* private browsing */ }
  };
  /* How many verdicts no server has taken yet: the one that is sent again and again, and the next, which waits for it on
     its page. The first is said while it is so, and when it was sent at last. */
  let isKept = false, isNextWaiting = false;
  const sayKept = () => {
    const said = document.getElementById("said").dataset;
    if (isKept) say(isNextWaiting ? said.keptTwo : said.kept, true);
    return isKept;
  };
  const saySent = () => {
    const now = new Date(), at = [now.getHours(), now.getMinutes()].map((n) => String(n).padStart(2, "0")).join(":");
    say(document.getElementById("said").dataset.sent.replace("{at}", at), true);
  };
  const heldUntil = () => Date.now() + leftOf(document.getElementById("lease"));

  const post = async (kept) => {
    const patience = new AbortController(), timer = setTimeout(() => patience.abort(), PATIENCE_MS);
    try {
      const answer = await fetch(kept.place, {
        method: "POST", body: new URLSearchParams(kept.fields), headers: { "HX-Request": "true" }, redirect: "manual", signal: patience.signal,
      });
      return { answer, text: await answer.text() };
    } finally { clearTimeout(timer); }
  };

  /* What the server says; null where it said nothing while the case was held, be it slow, broken or not to be reached.
     Throws where it leads elsewhere. */
  const deliver = async (kept) => {
    try {
      for (let tries = 0; ; tries += 1) {
        const told = await post(kept).catch(() => null);
        if (told?.answer.type === "opaqueredirect") throw new Error("sent elsewhere");
        if (told && told.answer.status < 500) return { ...told, wasKept: tries > 0 };
        const pause = PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)];
        if (Date.now() + pause > kept.until) return null;
        isKept = true;
        sayKept();
        await wait(pause);
      }
    } finally { isKept = false; }
  };

  /* Shows what the server answered; false where it was a page that only says no, whose sentence is said instead. */
  const take = ({ answer, text }) => {
    const elsewhere = answer.headers.get("HX-Redirect");
    if (elsewhere) { window.location.assign(elsewhere); return true; }
    const page = new DOMParser().parseFromString(text, "text/html"), main = page.getElementById("main");
    if (main?.dataset.case === undefined) {
      say((page.querySelector(".alert") || page.body).textContent.trim(), true);
      return false;
    }
    const place = answer.headers.get("HX-Replace-Url");
    if (place) window.history.replaceState(null, "", place);
    if (answer.ok && main.dataset.case === document.getElementById("main").dataset.case) graft(main);
    else show(main);
    const said = page.getElementById("said");
    say(said ? said.textContent : "", false);
    return true;
  };

  let staying = null, isAfterKept = false;
  const goOn = async (of, action, next, waited) => {
    const before = document.getElementById("main"), fields = new FormData(of), buttons = of.querySelector(".buttons");
    fields.set("action", action);
    if (next) fields.set("ahead", next.dataset.case);
    const kept = { case: of.dataset.draft, place: of.getAttribute("action"), fields: [...fields], until: heldUntil() };
    keepSent(kept);
    if (next) show(next.content.querySelector("#main").cloneNode(true));
    else { staying = of; buttons.disabled = true; }
    let told = null, why = "unstored";
    try { told = await deliver(kept); } catch { why = "offline"; }
    staying = null;
    buttons.disabled = false;
    keepSent(null);
    if (told && take(told)) {
      if (told.answer.ok && (told.wasKept || waited)) saySent();
      return;
    }
    const sentence = told ? document.getElementById("said").textContent : document.getElementById("said").dataset[why];
    if (next) show(before);
    say(sentence, true, true);
  };

  /* What a page that was left had sent and not heard of: sent again, and said; shown where its case is on the screen. */
  const sendAgain = () => {
    let kept = null;
    try { kept = JSON.parse(sessionStorage.getItem(SENT)); } catch { /* not ours */ }
    if (!kept || !document.querySelector("header nav")) return;
    const said = document.getElementById("said").dataset;
    underWay = deliver(kept).then((told) => {
      keepSent(null);
      const isHere = document.getElementById("main").dataset.case === kept.case;
      if (!told) say(said.unstored, true, true);
      else if (isHere && take(told)) { if (told.answer.ok) saySent(); }
      else if (told.answer.ok) saySent();
      else if (!isHere) say(new DOMParser().parseFromString(told.text, "text/html").querySelector(".alert, #said")?.textContent.trim() || said.unstored, true, true);
    }, () => say(said.offline, true, true)).finally(() => { underWay = null; });
  };

  document.addEventListener("submit", (event) => {
    const of = event.target, next = document.getElementById("ahead"), action = event.submitter && event.submitter.value;
    if (!of.matches("form.verdict") || !action) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (staying === of) return;
    if (underWay) {
      /* A verdict that comes before the last one's answer waits for it, and falls on its own case or on none. */
      const wasKept = isKept;
      isNextWaiting = true;
      sayKept();
      underWay.then(() => {
        const now = form();
        isNextWaiting = false;
        if (!now || now.dataset.draft !== of.dataset.draft) return;
        isAfterKept = wasKept;
        now.querySelector(`button[value=${action}]`).click();
      });
      return;
    }
    underWay = goOn(of, action, next && goesAhead(of, action) ? next : null, isAfterKept).finally(() => { underWay = null; });
    isAfterKept = false;
  }, true);
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) document.getElementById("said").classList.add("unseen");
  });

  document.addEventListener("submit", (event) => {
    if (!event.target.getAttribute("action").endsWith("/logout")) return;
    try { sessionStorage.removeItem(SENT); } catch { /* nothing was kept */ }
  });

  const isUnderWay = () => Boolean(underWay);

  /* What the answer under way will bring (the last case, to take it back) can be asked for before it is there. */
  const onceAnswered = (does) => {
    const here = document.getElementById("main");
    underWay.then(() => { if (document.getElementById("main") === here) does(); });
  };

  document.addEventListener("DOMContentLoaded", sendAgain);

  Object.assign(chaffinch, { isUnderWay, onceAnswered, sayKept });
})();
