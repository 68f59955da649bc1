// Basic checks of accessibility, run inside the page: names, unique ids, hidden focus, contrast (WCAG 2.2 AA).

export function audit() {
  const findings = [];
  const shown = (n) =>
    n.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && !n.closest("[inert]");
  const say = (n, what) =>
    findings.push(
      `${n.tagName.toLowerCase()}${n.id ? `#${n.id}` : ""}.${n.getAttribute("class") || ""} ${(n.textContent || "").trim().slice(0, 30)}: ${what}`,
    );
  const modal = document.querySelector("dialog:modal");
  const scope = modal || document.body;

  const nameOf = (n) => {
    const by = n.getAttribute("aria-labelledby");
    const label = n.labels?.[0] || (n.id && document.querySelector(`label[for="${n.id}"]`));
    return (
      n.getAttribute("aria-label") ||
      (by && document.getElementById(by)?.textContent) ||
      label?.textContent ||
      (n.matches("input, select") ? "" : n.textContent) ||
      n.getAttribute("title") ||
      ""
    ).trim();
  };
  for (const n of scope.querySelectorAll(
    "button, a[href], input, select, summary, [role=slider], [role=radiogroup], [role=toolbar], [role=tab], [role=tabpanel], [role=img], [tabindex='0']",
  ))
    if (shown(n) && !nameOf(n)) say(n, "has no name");

  const ids = new Map();
  for (const n of document.querySelectorAll("[id]")) ids.set(n.id, (ids.get(n.id) || 0) + 1);
  for (const [id, count] of ids) if (count > 1) findings.push(`id ${id} is there ${count} times`);
  for (const n of scope.querySelectorAll("[aria-labelledby], [aria-controls], [aria-describedby]"))
    for (const attribute of ["aria-labelledby", "aria-controls", "aria-describedby"])
      for (const id of (n.getAttribute(attribute) || "").split(" ").filter(Boolean))
        if (!document.getElementById(id)) say(n, `${attribute} names ${id}, which does not exist`);
  for (const n of scope.querySelectorAll(
    "[aria-hidden=true] button, [aria-hidden=true] a, [aria-hidden=true] input",
  ))
    if (shown(n)) say(n, "can be focused within something hidden");
  if (!modal && document.querySelectorAll("h1").length !== 1) findings.push("there is not one h1");
  for (const group of scope.querySelectorAll("[role=radiogroup]")) {
    if (!shown(group) || !group.children.length) continue;
    if (group.querySelectorAll("[role=radio][tabindex='0']").length !== 1)
      say(group, "must have one tab stop");
  }

  const context = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgba = (text) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = text;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data];
  };
  const over = (top, under) => {
    const a = top[3] / 255;
    return [0, 1, 2].map((i) => top[i] * a + under[i] * (1 - a)).concat(255);
  };
  const background = (n) => {
    const layers = [];
    for (let m = n; m; m = m.parentElement) {
      const c = rgba(getComputedStyle(m).backgroundColor);
      layers.push(c);
      if (c[3] === 255) break;
    }
    return layers
      .reverse()
      .reduce((under, top) => over(top, under), rgba(getComputedStyle(document.body).backgroundColor));
  };
  const luminance = (c) => {
    const [r, g, b] = c.map((v) =>
      v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  for (const n of scope.querySelectorAll("*")) {
    const own = [...n.childNodes].some((c) => c.nodeType === 3 && c.data.trim());
    if (
      !own ||
      !shown(n) ||
      n.closest(".hidden, svg, :disabled, .skip") ||
      n.matches("option, script, noscript")
    )
      continue;
    if (n.getClientRects().length === 0) continue;
    const style = getComputedStyle(n);
    const under = background(n);
    const a = luminance(over(rgba(style.color), under)),
      b = luminance(under);
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const large =
      parseFloat(style.fontSize) >= 24 ||
      (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) say(n, `contrast ${ratio.toFixed(2)}`);
  }
  return findings;
}
