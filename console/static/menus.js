/* Menus, dialogs, and the palette that finds everything on the page by its name. */
"use strict";
(() => {
  const { TYPING } = chaffinch;

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
    const found = ["#main .buttons [data-key]", "#main [data-key]", "header nav a", "header .tools button", "[data-palette]"]
      .flatMap((which) => [...document.querySelectorAll(which)])
      .filter((one, at, all) => all.indexOf(one) === at)
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

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    const dialog = opener && document.getElementById(opener.dataset.opens);
    if (!dialog || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    dialog.showModal();
  });

  Object.assign(chaffinch, { openPalette });
})();
