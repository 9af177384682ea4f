// Finds elements as a person does: by role and accessible name, among what is visible. `arguments[0]` is a path of
// steps; each step searches inside what the one before it found. Answers the elements in document order.
const squeeze = (text) => (text || "").replace(/\s+/g, " ").trim();

const visible = (el) =>
  el.checkVisibility({ visibilityProperty: true }) && !el.closest("[inert], [aria-hidden=true]");

const textRoles = {
  search: "searchbox", number: "spinbutton", checkbox: "checkbox", radio: "radio", range: "slider",
  button: "button", submit: "button", reset: "button", image: "button", color: "color",
};

function roleOf(el) {
  const explicit = (el.getAttribute("role") || "").trim().split(/\s+/)[0];
  if (explicit) return explicit;
  const named = el.hasAttribute("aria-label") || el.hasAttribute("aria-labelledby");
  switch (el.localName) {
    case "input": return textRoles[el.type] || "textbox";
    case "textarea": return "textbox";
    case "select": return el.multiple || el.size > 1 ? "listbox" : "combobox";
    case "button": case "summary": return "button";
    case "a": return el.hasAttribute("href") ? "link" : "generic";
    case "section": return named ? "region" : "generic";
    case "form": return named ? "form" : "generic";
    case "aside": return "complementary";
    case "nav": return "navigation";
    case "header": return "banner";
    case "main": return "main";
    case "dialog": return "dialog";
    case "fieldset": case "details": return "group";
    case "output": return "status";
    case "li": return "listitem";
    case "ul": case "ol": return "list";
    case "tr": return "row";
    case "td": return "cell";
    case "th": return "columnheader";
    case "table": return "table";
    case "article": return "article";
    case "option": return "option";
    case "h1": case "h2": case "h3": case "h4": case "h5": case "h6": return "heading";
    default: return "generic";
  }
}

// The text of an element as its name takes it: controls inside a label and hidden parts do not count.
function textOf(el, skip) {
  let text = "";
  for (const node of el.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) text += node.data;
    else if (node.nodeType === Node.ELEMENT_NODE) {
      if (node.getAttribute("aria-hidden") === "true" || !node.checkVisibility()) continue;
      if (skip && node.matches("input, select, textarea, button, output")) continue;
      text += " " + (node.getAttribute("aria-label") || textOf(node, skip)) + " ";
    }
  }
  return text;
}

const fromContent = new Set([
  "button", "link", "tab", "option", "heading", "row", "listitem", "status", "alert", "menuitem", "switch",
  "checkbox", "radio", "cell", "gridcell", "columnheader", "treeitem",
]);

function nameOf(el) {
  const ids = (el.getAttribute("aria-labelledby") || "").split(/\s+/).filter(Boolean);
  const referred = ids.map((id) => document.getElementById(id)).filter(Boolean);
  if (referred.length) return squeeze(referred.map((r) => r.getAttribute("aria-label") || textOf(r)).join(" "));
  const label = squeeze(el.getAttribute("aria-label"));
  if (label) return label;
  if (el.labels && el.labels.length) {
    const text = squeeze([...el.labels].map((l) => textOf(l, true)).join(" "));
    if (text) return text;
  }
  if (el.localName === "fieldset") {
    const legend = el.querySelector(":scope > legend");
    if (legend) return squeeze(textOf(legend));
  }
  if (el.localName === "input" && textRoles[el.type] === "button") return squeeze(el.value);
  if (fromContent.has(roleOf(el))) {
    const text = squeeze(textOf(el));
    if (text) return text;
  }
  return squeeze(el.getAttribute("title")) || squeeze(el.getAttribute("placeholder"));
}

// Roles that a test names as one, because any of them is a good answer of the page.
const families = {
  field: ["textbox", "searchbox", "spinbutton", "combobox", "listbox", "checkbox", "radiogroup", "switch", "slider", "color"],
  button: ["button", "menuitem"],
  chooser: ["button", "link", "tab", "option", "radio", "menuitem", "treeitem"],
  region: ["region", "form", "complementary", "navigation", "tabpanel", "group"],
  item: ["listitem", "row", "option", "article", "treeitem"],
  check: ["checkbox", "switch"],
  dialog: ["dialog", "alertdialog"],
};

function matches(el, step) {
  const role = roleOf(el);
  const wanted = families[step.role] || [step.role];
  if (!wanted.includes(role) && !(step.role === "group" && role === "region")) {
    if (!(step.role === "field" && el.localName === "fieldset")) return false;
  }
  if (!visible(el)) return false;
  if (step.outside && el.closest(`[aria-label="${CSS.escape(step.outside)}"]`)) return false;
  if (step.mode === "any") return true;
  const name = nameOf(el), want = squeeze(step.name);
  if (step.mode === "exact") return name === want;
  if (step.mode === "starts") return name.startsWith(want);
  return name.toLowerCase().includes(want.toLowerCase());
}

const inside = (roots, step) => {
  const found = new Set();
  for (const root of roots) {
    for (const el of root.querySelectorAll("*")) if (matches(el, step)) found.add(el);
  }
  return [...found];
};

let roots = [document];
for (const step of arguments[0]) {
  if (step.around) {
    // The closest item around what was found.
    const around = roots.map((el) => {
      let parent = el.parentElement;
      while (parent && !matches(parent, { role: step.role, mode: "any" })) parent = parent.parentElement;
      return parent;
    });
    roots = [...new Set(around.filter(Boolean))];
  } else {
    roots = inside(roots, step);
  }
  if (step.innermost) roots = roots.filter((el) => !roots.some((other) => other !== el && el.contains(other)));
}
return roots[0] === document ? [] : roots;
