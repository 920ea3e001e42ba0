"use strict";
/* The workbench: live checks and new lines in the editor, keys in the review queue. */
(() => {
  const form = document.querySelector("[data-editor]");
  if (form) {
    const words = {};
    for (const word of form.querySelector("[data-words]").content.querySelectorAll("[data-word]")) {
      words[word.dataset.word] = word.textContent;
    }
    const side = form.querySelector("[data-findings]");
    const make = (name, text, className) => {
      const element = document.createElement(name);
      if (text) element.textContent = text;
      if (className) element.className = className;
      return element;
    };
    const show = (found) => {
      const parts = [];
      if (found.problem) parts.push(make("p", found.problem, "flash flash-error"));
      if (found.likely.length) {
        const list = make("ul", "", "lines");
        for (const one of found.likely) {
          const item = make("li");
          const link = make("a", one.title);
          link.href = one.address;
          item.append(link, " ", make("span", one.line, "dim"), " ", make("strong", words[one.band] || ""));
          list.append(item);
        }
        parts.push(make("h2", words.likely), list);
      }
      if (!found.problem) {
        parts.push(make("h2", words.remarks));
        if (found.remarks.length) {
          const list = make("ul", "", "remarks");
          for (const one of found.remarks) {
            const item = make("li", "", `remark-${one.severity}`);
            item.append(make("code", one.place), ` ${one.text} `);
            if (one.detail) item.append(make("q", one.detail));
            list.append(item);
          }
          parts.push(list);
        } else {
          parts.push(make("p", words.good, "ok"));
        }
      }
      side.replaceChildren(...parts);
    };
    let timer = 0;
    let last = "";
    const check = async () => {
      const data = new FormData(form);
      const now = JSON.stringify([...data.entries()]);
      if (now === last) return;
      last = now;
      try {
        const answer = await fetch(form.dataset.check, { method: "POST", body: data, headers: { Accept: "application/json" } });
        if (answer.ok) show(await answer.json());
      } catch {
        last = "";
      }
    };
    let names = {};
    fetch(form.dataset.labels)
      .then((answer) => (answer.ok ? answer.json() : {}))
      .then((found) => {
        names = found;
      })
      .catch(() => {});
    form.addEventListener("input", (event) => {
      clearTimeout(timer);
      timer = setTimeout(check, 700);
      const box = event.target;
      if (box.name === "tag") {
        const label = box.closest("tr").querySelector(".meaning");
        label.textContent = box.value.length === 3 ? names[box.value] || form.dataset.unknown : "";
      }
      const row = box.closest("tbody tr:last-child");
      if (row && box.value) {
        const copy = row.cloneNode(true);
        for (const field of copy.querySelectorAll("input")) field.value = field.name === "ind" ? "\\\\" : "";
        copy.querySelector(".meaning").textContent = "";
        row.after(copy);
      }
    });
    form.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target.tagName === "INPUT" && !event.ctrlKey) {
        event.preventDefault();
        const boxes = [...form.querySelectorAll(`input[name="${event.target.name}"]`)];
        const next = boxes[boxes.indexOf(event.target) + 1];
        if (next) next.focus();
      } else if (event.key === "Enter" && event.ctrlKey) {
        event.preventDefault();
        form.requestSubmit(form.querySelector('button[value="submit"]'));
      }
    });
    let sent = false;
    const before = JSON.stringify([...new FormData(form).entries()]);
    form.addEventListener("submit", () => {
      sent = true;
    });
    window.addEventListener("beforeunload", (event) => {
      if (!sent && JSON.stringify([...new FormData(form).entries()]) !== before) event.preventDefault();
    });
  }

  const judge = document.querySelector("[data-judge]");
  if (judge) {
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
      const target = judge.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
      if (target) {
        event.preventDefault();
        target.click();
      }
    });
  }
})();
