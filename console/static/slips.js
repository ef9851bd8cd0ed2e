/* What is no verdict: a key pressed twice, a second click, one that came before the case was seen or read. */
"use strict";
(() => {
  const { say, whenShown } = chaffinch;

  const SLIP_MS = 400;

  /* The same deciding key again at once is a slip of the first. */
  let decided = { key: "", at: -Infinity };
  const slipped = (key, target, at) => {
    if (!target.matches("#verdict .choices button, #decide .choices button")) return false;
    const again = key === decided.key && at - decided.at < SLIP_MS;
    decided = { key, at };
    return again;
  };

  /* No verdict falls on a case before it was on the screen for as long as a person needs to see that it is another one:
     counted from when it is painted, and what comes before is said to be ignored. One that comes back, with what its
     verdict lacks, was seen. */
  const DECIDES = ".verdict .buttons button";
  let seenFrom = Infinity, seen = "";
  const watchSeen = () => {
    const main = document.getElementById("main"), of = main?.querySelector("form.verdict");
    const text = of && `${main.dataset.case} ${of.elements.seen.value}`;
    seenFrom = text === seen ? -Infinity : Infinity;
    if (!of || text === seen) { if (of) main.dataset.seen = ""; return; }
    delete main.dataset.seen;
    requestAnimationFrame(() => requestAnimationFrame(() => {
      if (document.getElementById("main") !== main) return;
      seenFrom = performance.now();
      setTimeout(() => { main.dataset.seen = ""; seen = text; }, Number(of.dataset.seenMs));
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

  /* The second click of a double click would fall on the next case, unseen. */
  document.addEventListener("click", (event) => {
    if (event.detail > 1 && event.target.closest(".verdict .buttons")) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, true);

  /* Nobody decides by a slip what they did not see: of a text that is still blurred the first press of either asks. */
  let askedOf = "";
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-unread]");
    if (!button || document.getElementById("reveal")?.checked) return;
    const asked = `${document.getElementById("main").dataset.case} ${button.value}`;
    if (askedOf === asked) return;
    askedOf = asked;
    event.preventDefault();
    event.stopImmediatePropagation();
    say(button.dataset.unread, true);
  }, true);

  whenShown(watchSeen);
  document.addEventListener("DOMContentLoaded", watchSeen);

  Object.assign(chaffinch, { slipped, tooEarly });
})();
