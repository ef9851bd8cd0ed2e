/* What htmx does not: keys, clocks, drafts, focus. Every page works without it. */
"use strict";
(() => {
  const TYPING = "textarea, select, [contenteditable], input:not([type=checkbox]):not([type=radio]):not([type=submit])";
  const DRAFT = "chaffinch-draft";
  const DRAFTS = "chaffinch-drafts";
  const SENT = "chaffinch-sent";
  const TYPED = ["note", "ground", "measure", "confidence", "words", "span", "skip_reason", "reason", "to"];
  const IDLE_MS = 10 * 60 * 1000;
  const SLIP_MS = 400;
  const MOST_DRAFTS = 20;
  const PATIENCE_MS = 20 * 1000;
  const PAUSES_MS = [1000, 2000, 4000, 8000];
  const RENEW_MS = 60 * 1000;
  const LOOK_MS = 15 * 1000;
  let lastActive = performance.now();
  document.documentElement.classList.add("scripted");

  /* Keys: whatever carries data-key is clicked by it, what the page has before what the menu has. */
  const withKey = (key) => {
    const all = [...document.querySelectorAll("[data-key]")].filter((one) => one.dataset.key.split(" ").includes(key));
    const shown = all.filter((one) => one.getClientRects().length);
    return shown.find((one) => one.closest("main")) || all.find((one) => one.closest("main")) || shown[0] || all[0];
  };

  const press = (target, event) => {
    if (!target || target.matches(":disabled") || document.querySelector("form.htmx-request")) return;
    event.preventDefault();
    if (leadsAside(target)) return;
    if (!document.activeElement.matches(TYPING)) cameFrom = document.activeElement.closest("[data-row]");
    if (target.matches(TYPING)) target.focus();
    else target.click();
  };

  /* Escape gives the focus back to the page from every field, Enter from a choice; the row from which a key led into the
     field has it again. What stands in the field stays. */
  let cameFrom = null;
  const leaves = (event) => event.target.matches(TYPING) && !event.shiftKey
    && (event.key === "Escape" || (event.key === "Enter" && event.target.matches("select")));
  const leave = (event) => {
    event.preventDefault();
    event.target.blur();
    if (cameFrom?.isConnected) cameFrom.focus();
    cameFrom = null;
  };
  document.addEventListener("pointerdown", () => { cameFrom = null; });

  /* Why a case is skipped, and to whom it is handed over: its key leads into the first field and on to the next, digits
     choose, Escape closes it and gives the focus back. Handing over without a colleague asks for one. */
  const aside = () => document.querySelector("details.elsewhere");
  const fieldsAside = () => [...aside().querySelectorAll("select, input")];
  let asideFrom = null;
  const goAside = (field) => {
    if (!aside().contains(document.activeElement)) asideFrom = document.activeElement;
    aside().open = true;
    field.focus();
  };
  const leadsAside = (target) => {
    if (target.matches("details.elsewhere > summary")) {
      const fields = fieldsAside();
      goAside(fields[(fields.indexOf(document.activeElement) + 1) % fields.length]);
      return true;
    }
    const to = target.matches("details.elsewhere button") && target.form.elements.to;
    if (!to || to.value) return false;
    goAside(to);
    return true;
  };
  const leaveAside = (event) => {
    if (event.key !== "Escape" || !event.target.closest("details.elsewhere")) return false;
    event.preventDefault();
    aside().open = false;
    if (asideFrom?.isConnected && asideFrom !== document.body) asideFrom.focus();
    else aside().querySelector("summary").focus();
    return true;
  };
  const choosesByDigit = (event) => {
    const of = event.target, place = Number(event.key) - 1 + Number(of.dataset?.digits);
    if (!of.matches("select[data-digits]") || !/^[1-9]$/.test(event.key)) return false;
    event.preventDefault();
    if (place >= of.options.length) return true;
    of.selectedIndex = place;
    of.dispatchEvent(new Event("input", { bubbles: true }));
    return true;
  };

  /* A choice that has a key of its own takes no letters: they are commands there too, and arrows choose. */
  const TAKES_KEYS = "select[data-key], select[data-digits]";

  /* What a verdict still lacks is asked for in its field: Ctrl+Enter there sends the verdict that was meant. */
  let meant = null, lacking = null;
  document.addEventListener("click", (event) => { meant = event.target.closest("button[name=action], button[name=verdict]"); }, true);
  document.addEventListener("invalid", (event) => { if (meant?.form === event.target.form) lacking = meant; }, true);
  const submitter = (target) => {
    const of = target.form;
    if (of && lacking?.isConnected && lacking.form === of) return lacking;
    if (!of) return document.querySelector("[data-submits]");
    return [...of.elements].find((one) => one.matches("[data-submits]")) || (of.closest("main") && of.querySelector("button:not([type=button], :disabled)"));
  };

  /* The words that matter. The page says where each piece of the text begins in it (`data-starts`, code points of the
     text as sent), so that what is selected is told as offsets of the original, whatever signs stand for. */
  const spanText = () => document.querySelector(".comment .text[data-starts]");
  const startsOf = (text) => text.dataset.starts.split(" ").map(Number);
  const caret = () => { const selection = getSelection(); return selection.rangeCount ? selection.getRangeAt(0) : null; };

  const offsetOf = (text, node, at, isEnd) => {
    const starts = startsOf(text), children = [...text.childNodes];
    if (node === text) return starts[Math.min(at, children.length)];
    const place = children.findIndex((child) => child.contains(node));
    if (children[place].querySelector?.(".ghost") || children[place].matches?.(".ghost")) return starts[place + isEnd];
    const before = node.nodeType === Node.TEXT_NODE ? node.data.slice(0, at) : at ? node.textContent : "";
    return starts[place] + [...before].length;
  };

  const pointAt = (text, offset) => {
    const starts = startsOf(text), children = [...text.childNodes];
    const place = Math.max(0, starts.findIndex((start, n) => offset < starts[n + 1] || n === children.length - 1));
    const leaf = children[place].nodeType === Node.TEXT_NODE ? children[place] : children[place].firstChild;
    if (!leaf || leaf.nodeType !== Node.TEXT_NODE || children[place].matches?.(".ghost")) {
      return [text, offset > starts[place] ? place + 1 : place];
    }
    return [leaf, [...leaf.data].slice(0, offset - starts[place]).join("").length];
  };

  const drawSpan = () => {
    const text = spanText(), of = form();
    if (!window.CSS?.highlights) return;
    CSS.highlights.delete("words");
    const told = text && of && of.elements.span ? /^(\d+)-(\d+)$/.exec(of.elements.span.value) : null;
    if (!told) return;
    const range = new Range();
    range.setStart(...pointAt(text, Number(told[1])));
    range.setEnd(...pointAt(text, Number(told[2])));
    CSS.highlights.set("words", new Highlight(range));
  };

  const keepSpan = () => {
    const text = spanText(), range = caret(), of = form();
    if (!text || !of || !range || range.collapsed || !text.contains(range.commonAncestorContainer)) return false;
    const start = offsetOf(text, range.startContainer, range.startOffset, 0);
    const end = offsetOf(text, range.endContainer, range.endOffset, 1);
    if (!(start < end)) return false;
    of.elements.words.value = range.toString().slice(0, of.elements.words.maxLength);
    of.elements.span.value = `${start}-${end}`;
    drawSpan();
    of.elements.span.dispatchEvent(new Event("input", { bubbles: true }));
    say(`${document.getElementById("words-hint").dataset.marked}: ${of.elements.words.value}`, false);
    getSelection().removeAllRanges();
    text.classList.remove("marking");
    return true;
  };

  /* With keys alone: the first marked words are selected (else the first character), and arrows change that. */
  const beginSpan = () => {
    const text = spanText();
    if (!text) return;
    const first = text.querySelector("mark") || text, selection = getSelection(), range = new Range();
    text.classList.add("marking");
    text.focus();
    range.selectNodeContents(first);
    if (first === text) {
      range.setStart(...pointAt(text, 0));
      range.setEnd(...pointAt(text, 1));
    }
    selection.removeAllRanges();
    selection.addRange(range);
    say(document.getElementById("words-hint").dataset.how, false);
  };

  const marking = (event) => {
    const text = document.querySelector(".text.marking");
    if (!text || event.target !== text || event.metaKey || event.altKey) return false;
    const selection = getSelection(), forward = event.key === "ArrowRight" || event.key === "ArrowDown";
    if (event.key === "Escape") {
      selection.removeAllRanges();
      text.classList.remove("marking");
    } else if (event.key === "Enter" && !event.ctrlKey) keepSpan();
    else if (event.key.startsWith("Arrow")) {
      const how = event.ctrlKey ? "word" : "character", way = forward ? "forward" : "backward", was = caret();
      if (event.shiftKey) selection.modify("extend", way, how);
      else {
        selection.collapse(was.startContainer, was.startOffset);
        selection.modify("move", way, how);
        selection.modify("extend", "forward", "character");
      }
      if (selection.isCollapsed || !text.contains(caret().commonAncestorContainer)) {
        selection.removeAllRanges();
        selection.addRange(was);
      }
    } else return false;
    event.preventDefault();
    return true;
  };

  /* A click on the button would take the selection away before it is read. */
  document.addEventListener("pointerdown", (event) => { if (event.target.closest("[data-marks]")) event.preventDefault(); });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-marks]") && !keepSpan()) beginSpan();
  });

  /* Everything on the page by name: what carries a key, and the menu. */
  const nameOf = (one) => {
    const told = one.matches("input, select, textarea") ? one.labels[0] : one;
    const copy = (told || one).cloneNode(true);
    for (const aside of copy.querySelectorAll("kbd, .count, .when-on, em, input, select, textarea, small")) aside.remove();
    return (copy.textContent || one.getAttribute("aria-label") || "").replace(/\s+/g, " ").trim();
  };

  const openPalette = (event) => {
    const palette = document.getElementById("palette");
    if (!palette) return;
    event.preventDefault();
    const field = palette.querySelector("input"), list = palette.querySelector("ul");
    const found = ["#main [data-key]", "header nav a", "header .tools button", "[data-palette]"]
      .flatMap((which) => [...document.querySelectorAll(which)])
      .filter((one) => one.getClientRects().length || one.matches("input, [data-palette]") || one.closest(".menu"))
      .filter((one) => !(one.matches("[data-palette]") && document.getElementById("break-bar")))
      .map((one) => ({ one, name: nameOf(one), key: (one.dataset.key || "").split(" ")[0] }))
      .filter(({ name }) => name);
    let shown = [], at = 0;
    const draw = () => {
      const wanted = field.value.trim().toLowerCase();
      shown = found.filter(({ name }) => name.toLowerCase().includes(wanted));
      at = Math.min(at, Math.max(0, shown.length - 1));
      list.replaceChildren(...shown.map(({ name, key }, place) => {
        const item = document.createElement("li"), hint = document.createElement("kbd");
        item.id = `palette-${place}`;
        item.role = "option";
        item.ariaSelected = String(place === at);
        item.append(name);
        hint.textContent = key.toUpperCase();
        if (key) item.append(hint);
        return item;
      }));
      if (!shown.length) list.textContent = list.dataset.none;
      field.setAttribute("aria-activedescendant", shown.length ? `palette-${at}` : "");
      list.children[at]?.scrollIntoView({ block: "nearest" });
    };
    const choose = (place) => {
      const chosen = shown[place];
      if (!chosen) return;
      palette.close();
      if (chosen.one.matches(TYPING)) chosen.one.focus();
      else chosen.one.click();
    };
    field.value = "";
    field.oninput = () => { at = 0; draw(); };
    field.onkeydown = (pressed) => {
      if (pressed.isComposing) return;
      /* The browser's own would empty the field first, and the keys that follow would land in it. */
      if (pressed.key === "Escape") { pressed.preventDefault(); palette.close(); return; }
      const by = { ArrowDown: 1, ArrowUp: -1 }[pressed.key];
      if (by) at = (at + by + shown.length) % Math.max(1, shown.length);
      else if (pressed.key === "Enter") choose(at);
      if (by || pressed.key === "Enter") { pressed.preventDefault(); draw(); }
    };
    list.onclick = (clicked) => choose([...list.children].indexOf(clicked.target.closest("li")));
    draw();
    palette.showModal();
    field.focus();
  };

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
  const ticks = () => [...document.querySelectorAll("input.tick[form=decide]")];
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
    if (event.target.matches("[data-ticks-all], input.tick[form=decide]")) countTicks();
  });

  /* What the answer under way will bring (the last case, to take it back) can be asked for before it is there. */
  const onceAnswered = (key, event) => {
    const here = document.getElementById("main");
    event.preventDefault();
    underWay.then(() => { if (document.getElementById("main") === here) press(withKey(key), event); });
  };

  /* The same deciding key again at once is a slip of the first. */
  let decided = { key: "", at: -Infinity };
  const slipped = (key, target, at) => {
    if (!target.matches("#verdict .choices button, #decide .choices button")) return false;
    const again = key === decided.key && at - decided.at < SLIP_MS;
    decided = { key, at };
    return again;
  };

  /* No verdict falls on a case before it was on the screen for as long as a person needs to see that it is another one:
     counted from when it is painted, and what comes before is said to be ignored. */
  const DECIDES = ".verdict .buttons button";
  let seenFrom = Infinity;
  const watchSeen = () => {
    const main = document.getElementById("main"), of = main?.querySelector("form.verdict");
    seenFrom = Infinity;
    if (!of) return;
    delete main.dataset.seen;
    requestAnimationFrame(() => requestAnimationFrame(() => {
      if (document.getElementById("main") !== main) return;
      seenFrom = performance.now();
      setTimeout(() => { main.dataset.seen = ""; }, Number(of.dataset.seenMs));
    }));
  };
  const tooEarly = (target, at) => {
    if (!target.matches(DECIDES) || at - seenFrom >= Number(target.form.dataset.seenMs)) return false;
    say(document.getElementById("said").dataset.early, true);
    return true;
  };
  document.addEventListener("click", (event) => {
    const target = event.isTrusted && event.target.closest(DECIDES);
    if (!target || !tooEarly(target, event.timeStamp)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);

  /* Shift with the key of a verdict gives it and says that its giver is unsure of it. */
  const doubting = (key, target, event) => {
    const said = target && target.dataset.doubt && target.form.elements.confidence;
    if (!said) return;
    if (slipped(key, target, event.timeStamp) || tooEarly(target, event.timeStamp)) { event.preventDefault(); return; }
    said.value = target.dataset.doubt;
    press(target, event);
  };

  document.addEventListener("keydown", (event) => {
    lastActive = performance.now();
    if (event.isComposing || document.querySelector("dialog[open]") || marking(event)) return;
    /* A held key must not decide a row of comments; a key of an input method is not ours. */
    if (event.repeat) {
      if (event.target.matches(TAKES_KEYS) && withKey(event.key.toLowerCase())) event.preventDefault();
      return;
    }
    if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
      openPalette(event);
      return;
    }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
      const target = submitter(event.target);
      if (target && tooEarly(target, event.timeStamp)) event.preventDefault();
      else press(target, event);
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (leaveAside(event) || choosesByDigit(event)) return;
    if (leaves(event)) { leave(event); return; }
    if (event.target.matches(TYPING) && !event.target.matches(TAKES_KEYS)) return;
    /* Caps lock is no modifier; shift is one for letters and digits, and needed for "?". */
    const key = event.key.toLowerCase();
    const target = withKey(key);
    if (event.shiftKey && /^[a-z0-9]$/.test(key)) { doubting(key, target, event); return; }
    if (target && (slipped(key, target, event.timeStamp) || tooEarly(target, event.timeStamp))) event.preventDefault();
    else if (target) press(target, event);
    else if (underWay && /^\S$/u.test(key)) onceAnswered(key, event);
    else if (key === " ") tickRow(event);
    else if (key === "j" || key === "k") step(key === "j" ? 1 : -1, event);
  });

  document.addEventListener("pointerdown", () => { lastActive = performance.now(); });

  /* An open menu closes on a click elsewhere and on Escape, which leaves the focus on its name. */
  const closeMenus = (but) => {
    for (const one of document.querySelectorAll(".menu[open]")) if (!one.contains(but)) one.open = false;
  };
  document.addEventListener("click", (event) => closeMenus(event.target));
  document.addEventListener("keydown", (event) => {
    const open = event.key === "Escape" && document.querySelector(".menu[open]");
    if (!open) return;
    if (open.contains(document.activeElement)) open.querySelector("summary").focus();
    open.open = false;
  });

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

  /* What was typed into a form that takes long (a rule, a note) outlives a log-in that ended meanwhile: it is kept in
     this tab from the first letter on, put back only where the log-in form came in between, and gone once it was taken. */
  const TYPED_TEXT = `${DRAFT}-typed`;
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
    /* `form.action` may be a button of that name. */
    if (!event.target.getAttribute("action").endsWith("/logout")) return;
    try { for (const name of [DRAFTS, SENT, TYPED_TEXT]) sessionStorage.removeItem(name); } catch { /* nothing was kept */ }
  });

  /* A new case begins at its top, and a screen reader begins with why it is here. */
  const settle = () => {
    drawSpan();
    restore();
    tick();
    watchSeen();
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
  /* Nobody approves by a slip what they did not see: of a text that is still blurred the first press asks. */
  let askedOf = "";
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-unread]");
    const inHand = document.getElementById("main").dataset.case;
    if (!button || document.getElementById("reveal")?.checked || askedOf === inHand) return;
    askedOf = inHand;
    event.preventDefault();
    event.stopImmediatePropagation();
    say(button.dataset.unread, true);
  }, true);
  const sayOffline = () => say(document.getElementById("said").dataset.offline, true);
  document.addEventListener("htmx:sendError", sayOffline);
  /* An answer that says that there is none takes nothing off the page. */
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status < 500) return;
    event.detail.shouldSwap = false;
    say(document.getElementById("said").dataset.busy, true);
  });

  /* A field takes so many characters and no more: what a paste leaves out is said. */
  document.addEventListener("paste", (event) => {
    const field = event.target, most = field.maxLength;
    if (!event.clipboardData || !(most >= 0)) return;
    const pasted = event.clipboardData.getData("text").length;
    const over = field.value.length - (field.selectionEnd - field.selectionStart) + pasted - most;
    if (over > 0) say(document.getElementById("said").dataset.cut.replace("{most}", most).replace("{over}", over), true);
  });

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
  const wait = (milliseconds) => new Promise((done) => { setTimeout(done, milliseconds); });
  const keepSent = (kept) => {
    try {
      if (kept) sessionStorage.setItem(SENT, JSON.stringify(kept));
      else sessionStorage.removeItem(SENT);
    } catch { /* private browsing */ }
  };
  const heldUntil = () => {
    const lease = document.getElementById("lease");
    const left = deadlines.has(lease) ? deadlines.get(lease) - performance.now() : 1000 * Number(lease?.dataset.secondsLeft || 0);
    return Date.now() + left;
  };

  const post = async (kept) => {
    const patience = new AbortController(), timer = setTimeout(() => patience.abort(), PATIENCE_MS);
    try {
      const answer = await fetch(kept.place, {
        method: "POST", body: new URLSearchParams(kept.fields), headers: { "HX-Request": "true" }, redirect: "error", signal: patience.signal,
      });
      return { answer, text: await answer.text() };
    } finally { clearTimeout(timer); }
  };

  /* What the server says; null where it said nothing while the case was held. Throws where there is no network. */
  const deliver = async (kept) => {
    for (let tries = 0; ; tries += 1) {
      try {
        const told = await post(kept);
        if (told.answer.status < 500) return told;
      } catch (error) { if (error.name !== "AbortError") throw error; }
      const pause = PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)];
      if (Date.now() + pause > kept.until) return null;
      say(document.getElementById("said").dataset.kept, true);
      await wait(pause);
    }
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

  let staying = null;
  const goOn = async (of, action, next) => {
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
    if (told && take(told)) return;
    const sentence = told ? document.getElementById("said").textContent : document.getElementById("said").dataset[why];
    if (next) show(before);
    say(sentence, true);
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
      if (!told) say(said.unstored, true);
      else if (isHere && take(told)) { if (told.answer.ok) say(said.stored, true); }
      else if (told.answer.ok) say(said.stored, true);
      else if (!isHere) say(new DOMParser().parseFromString(told.text, "text/html").querySelector(".alert, #said")?.textContent.trim() || said.unstored, true);
    }, () => say(said.offline, true)).finally(() => { underWay = null; });
  };

  document.addEventListener("submit", (event) => {
    const of = event.target, next = document.getElementById("ahead"), action = event.submitter && event.submitter.value;
    if (!of.matches("form.verdict") || !action) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (staying === of) return;
    if (underWay) {
      /* A verdict that comes before the last one's answer waits for it, and falls on its own case or on none. */
      underWay.then(() => {
        const now = form();
        if (now && now.dataset.draft === of.dataset.draft) now.querySelector(`button[value=${action}]`).click();
      });
      return;
    }
    underWay = goOn(of, action, next && goesAhead(of, action) ? next : null).finally(() => { underWay = null; });
  }, true);
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) document.getElementById("said").classList.add("unseen");
  });
  document.addEventListener("DOMContentLoaded", () => { drawSpan(); restore(); tickAgain(); countTicks(); countPicked(); typeAgain(); tick(); scrollAgain(); watchSeen(); sendAgain(); });
})();
