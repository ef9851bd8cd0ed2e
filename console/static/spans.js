/* The words of a comment that matter: marked by pointer or by keys, told as offsets of the text as it was sent. */
"use strict";
(() => {
  const { form, say, whenShown } = chaffinch;

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

  whenShown(drawSpan);
  document.addEventListener("DOMContentLoaded", drawSpan);

  Object.assign(chaffinch, { drawSpan, marking });
})();
