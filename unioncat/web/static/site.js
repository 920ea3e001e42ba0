"use strict";
/* What a browser with JavaScript gets on top: typeahead, a saved list, sorting without a button. */
(() => {
  const root = document.documentElement;
  root.classList.add("js");

  for (const select of document.querySelectorAll("select[data-submit]")) {
    select.addEventListener("change", () => select.form.requestSubmit());
  }

  /* Saved list: record ids in this browser only. */
  const KEY = "unioncat.saved";
  const read = () => {
    try {
      const kept = JSON.parse(localStorage.getItem(KEY) || "[]");
      return Array.isArray(kept) ? kept.filter((id) => /^uc\d{8,12}$/.test(id)) : [];
    } catch {
      return [];
    }
  };
  const write = (ids) => {
    try {
      localStorage.setItem(KEY, JSON.stringify(ids.slice(-500)));
    } catch {
      /* storage is full or forbidden: the list lasts as long as the page */
    }
  };
  let saved = read();
  const show = () => {
    for (const count of document.querySelectorAll("[data-saved-count]")) {
      count.hidden = saved.length === 0;
      count.textContent = String(saved.length);
    }
    for (const button of document.querySelectorAll("[data-keep]")) {
      const on = saved.includes(button.dataset.keep);
      button.hidden = false;
      button.setAttribute("aria-pressed", String(on));
      button.querySelector("span").textContent = on ? button.dataset.on : button.dataset.off;
    }
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-keep]");
    if (!button) return;
    const id = button.dataset.keep;
    saved = read();
    saved = saved.includes(id) ? saved.filter((one) => one !== id) : [...saved, id];
    write(saved);
    show();
  });
  show();

  const list = document.querySelector("[data-saved-list]");
  if (list) {
    if (!list.dataset.shown && saved.length) {
      location.replace(`${list.dataset.savedList}?id=${saved.join(",")}`);
    }
    const clear = document.querySelector("[data-clear]");
    if (clear) {
      clear.hidden = saved.length === 0;
      clear.addEventListener("click", () => {
        write([]);
        location.href = list.dataset.savedList;
      });
    }
  }

  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }

  document.addEventListener("submit", (event) => {
    const question = event.target.dataset.ask;
    if (question && !window.confirm(question)) event.preventDefault();
  });

  /* Typeahead (WAI-ARIA combobox with a list). */
  for (const input of document.querySelectorAll("input[data-suggest]")) {
    const menu = document.createElement("ul");
    menu.className = "suggestions";
    menu.id = `${input.id}-suggestions`;
    menu.setAttribute("role", "listbox");
    menu.setAttribute("aria-label", input.placeholder);
    menu.hidden = true;
    input.after(menu);
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-controls", menu.id);
    let at = -1;
    let timer = 0;
    let asked = "";
    const close = () => {
      menu.hidden = true;
      at = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    };
    const mark = (next) => {
      const items = menu.children;
      if (!items.length) return;
      at = (next + items.length) % items.length;
      [...items].forEach((item, place) => item.setAttribute("aria-selected", String(place === at)));
      input.setAttribute("aria-activedescendant", items[at].id);
    };
    const take = (text) => {
      input.value = text;
      close();
      input.form.requestSubmit();
    };
    const fill = (texts) => {
      menu.replaceChildren(
        ...texts.map((text, place) => {
          const item = document.createElement("li");
          item.id = `${menu.id}-${place}`;
          item.setAttribute("role", "option");
          item.setAttribute("aria-selected", "false");
          item.textContent = text;
          item.addEventListener("mousedown", (event) => {
            event.preventDefault();
            take(text);
          });
          return item;
        }),
      );
      at = -1;
      menu.hidden = texts.length === 0;
      input.setAttribute("aria-expanded", String(texts.length > 0));
    };
    input.addEventListener("input", () => {
      clearTimeout(timer);
      const text = input.value.trim();
      if (text.length < 2) {
        close();
        return;
      }
      timer = setTimeout(async () => {
        asked = text;
        try {
          const answer = await fetch(`${input.dataset.suggest}?q=${encodeURIComponent(text)}`);
          if (answer.ok && asked === input.value.trim() && document.activeElement === input) {
            fill(await answer.json());
          }
        } catch {
          close();
        }
      }, 150);
    });
    input.addEventListener("keydown", (event) => {
      if (menu.hidden) return;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        mark(event.key === "ArrowDown" ? at + 1 : at <= 0 ? menu.children.length - 1 : at - 1);
      } else if (event.key === "Enter" && at >= 0) {
        event.preventDefault();
        take(menu.children[at].textContent);
      } else if (event.key === "Escape") {
        close();
      }
    });
    input.addEventListener("blur", close);
  }
})();
