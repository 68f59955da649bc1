// Making and changing elements. Text is always text: nothing here parses markup.

const SVG = "http://www.w3.org/2000/svg";

export const $ = (id) => document.getElementById(id);

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name in PROPERTIES) node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}
const PROPERTIES = { value: 1, checked: 1, hidden: 1, disabled: 1, selected: 1 };

export const el = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
export const svg = (tag, attributes, ...children) =>
  fill(document.createElementNS(SVG, tag), attributes, children);
export const icon = (name) =>
  svg("svg", { class: "icon", "aria-hidden": "true" }, svg("use", { href: `#i-${name}` }));
export const setIcon = (use, name) => setAttribute(use, "href", `#i-${name}`);

/** Changes the text only when it differs: unchanged text costs no layout. */
export function setText(node, text) {
  const only = node.firstChild;
  if (only && only === node.lastChild && only.nodeType === 3) {
    if (only.data !== text) only.data = text;
  } else node.textContent = text;
}

export function setHidden(node, hidden) {
  if (node.hidden !== hidden) node.hidden = hidden;
}

export function setAttribute(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

/** New children; the focus stays on the control of the same name. */
export function replaceKeepingFocus(holder, ...children) {
  const name = holder.contains(document.activeElement) && document.activeElement.getAttribute("aria-label");
  holder.replaceChildren(...children);
  if (name) holder.querySelector(`[aria-label="${CSS.escape(name)}"]`)?.focus({ preventScroll: true });
}

/**
 * One of several: a row of buttons that behaves as a radio group (arrow keys, one tab stop).
 * `options`: [{value, label, title, content}]. Returns {set(value)}.
 */
export function segments(holder, options, onPick) {
  const buttons = options.map(({ value, label, title, content }) =>
    el(
      "button",
      {
        type: "button",
        role: "radio",
        "aria-checked": "false",
        tabindex: "-1",
        title: title || (content ? label : undefined),
        "data-value": value,
        "aria-label": content ? label : undefined,
        onclick: () => onPick(value),
      },
      ...(content || [label]),
    ),
  );
  holder.replaceChildren(...buttons);
  holder.onkeydown = (event) => {
    const at = buttons.indexOf(document.activeElement);
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (at < 0 || !by) return;
    event.preventDefault();
    event.stopPropagation();
    const next = buttons[(at + by + buttons.length) % buttons.length];
    next.focus();
    next.click();
  };
  return {
    set(value) {
      let any = false;
      for (const button of buttons) {
        const on = button.dataset.value === String(value);
        any ||= on;
        setAttribute(button, "aria-checked", String(on));
        setAttribute(button, "tabindex", on ? "0" : "-1");
      }
      if (!any && buttons[0]) buttons[0].tabIndex = 0;
    },
  };
}

/** A question with two answers. Resolves to true for `yes`. */
export function ask(title, text, yes) {
  const dialog = $("ask");
  $("ask-title").textContent = title;
  $("ask-text").textContent = text;
  $("ask-yes").textContent = yes;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

/** A problem under a form; null takes it away. */
export function problem(node, text) {
  setHidden(node, !text);
  setText(node, text || "");
}
