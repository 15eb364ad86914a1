// What assistive technology and a narrow screen need of every page
// (WCAG 2.2: 1.1.1, 1.3.1, 1.4.10, 2.4.2, 2.5.8, 4.1.2); gives a text for each thing that is wrong.
() => {
  const found = [];
  const all = (selector) => [...document.querySelectorAll(selector)];
  const isShown = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const describe = (element) => element.outerHTML.replace(/\s+/g, " ").slice(0, 160);
  const text = (element) => element.textContent.trim() || element.getAttribute("aria-label") || element.title;
  const report = (problem, elements) => elements.forEach((element) => found.push(`${problem}: ${describe(element)}`));

  if (document.documentElement.scrollWidth > window.innerWidth) {
    found.push(`scrolls sideways: ${document.documentElement.scrollWidth} px`);
    report("too wide", all("main *").filter((e) => isShown(e) && e.getBoundingClientRect().right > innerWidth
      && !e.closest(".table-scroll, .frame.mono, pre")).slice(0, 3));
  }
  if (innerWidth < 576) {
    report("a list wider than a phone", all(".list-table").filter((table) => table.scrollWidth > table.parentElement.clientWidth));
  }
  if (!document.documentElement.lang) found.push("no language");
  if (document.title.startsWith(" ")) found.push("no title");
  if (all("h1").filter(isShown).length !== 1) found.push(`${all("h1").filter(isShown).length} main headings`);
  if (all("main").length !== 1) found.push("no main landmark");
  const ids = all("[id]").map((element) => element.id);
  report("the same id twice", all("[id]").filter((element, index) => ids.indexOf(element.id) !== index));
  report("no label", all("input:not([type=hidden]), select, textarea").filter(
    (field) => isShown(field) && !field.labels.length && !field.getAttribute("aria-label") && !field.getAttribute("aria-labelledby")));
  report("no name", all("a[href], button, summary, [role=button]").filter((element) => isShown(element) && !text(element)));
  report("no alternative", all("img:not([alt]), svg:not([aria-hidden], [aria-label], [role=img])"));
  report("no scope", all("th:not([scope])"));
  for (const attribute of ["for", "aria-controls", "aria-describedby", "aria-labelledby"]) {
    report(`${attribute} names nothing`, all(`[${attribute}]`).filter(
      (element) => isShown(element) && element.getAttribute(attribute).split(/\s+/).some((id) => !document.getElementById(id))));
  }
  report("an object without words", all("main *").filter((element) => isShown(element)
    && / object \(\d/.test(element.getAttribute("aria-label") || (element.children.length ? "" : element.textContent))));

  // A target may be small where a circle of 24 px around its middle touches no other one.
  const targets = all("a[href], button, summary, .form-check, input[type=checkbox], input[type=radio]").filter(isShown);
  const boxes = new Map(targets.map((element) => [element, (element.closest("label") || element).getBoundingClientRect()]));
  const isNear = (other, x, y) => Math.hypot(
    Math.max(other.left - x, 0, x - other.right), Math.max(other.top - y, 0, y - other.bottom)) < 12;
  for (const element of targets) {
    const box = boxes.get(element);
    if (element.matches("a") || (box.width >= 24 && box.height >= 24)) continue;
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    const near = targets.find((other) => isNear(boxes.get(other), x, y) && !other.contains(element)
      && !element.contains(other) && !element.closest("label")?.contains(other));
    if (near) found.push(`too small to hit: ${describe(element)} near ${describe(near)}`);
  }
  return found;
}
