/* Keys: whatever carries data-key is pressed by it. */
"use strict";
(() => {
  const { TYPING, isUnderWay, marking, onceAnswered, openPalette, slipped, step, tickRow, tooEarly } = chaffinch;

  /* Keys: whatever carries data-key is clicked by it, what is in the row that has the focus before what the page has, and
     that before what the menu has. */
  const withKey = (key) => {
    const all = [...document.querySelectorAll("[data-key]")].filter((one) => one.dataset.key.split(" ").includes(key));
    const shown = all.filter((one) => one.getClientRects().length);
    const row = document.activeElement.closest("main li");
    return shown.find((one) => row?.contains(one)) || shown.find((one) => one.closest("main")) || all.find((one) => one.closest("main")) || shown[0] || all[0];
  };

  const press = (target, event) => {
    if (!target || target.matches(":disabled") || document.querySelector("form.htmx-request")) return;
    event.preventDefault();
    if (leadsAside(target)) return;
    if (!document.activeElement.matches(TYPING)) cameFrom = document.activeElement.closest("[data-row]");
    if (target.matches(TYPING)) target.focus();
    else target.click();
    firstFieldOf(target)?.focus();
  };

  /* A key that opens a sheet with a form leads into its first field. */
  const firstFieldOf = (summary) => (summary.matches("details.sheet[open] > summary")
    ? summary.parentElement.querySelector("input:not([type=hidden]), select, textarea") : null);

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

  /* Shift with the key of a verdict gives it and says that its giver is unsure of it. */
  const doubting = (key, target, event) => {
    const said = target && target.dataset.doubt && target.form.elements.confidence;
    if (!said) return;
    if (slipped(key, target, event.timeStamp) || tooEarly(target, event.timeStamp)) { event.preventDefault(); return; }
    said.value = target.dataset.doubt;
    press(target, event);
  };

  document.addEventListener("keydown", (event) => {
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
    else if (isUnderWay() && /^\S$/u.test(key)) {
      event.preventDefault();
      onceAnswered(() => press(withKey(key), event));
    }
    else if (key === " ") tickRow(event);
    else if (key === "j" || key === "k") step(key === "j" ? 1 : -1, event);
  });
})();
