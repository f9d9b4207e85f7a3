// Elements, made without a line of markup: a text is never read as HTML, whoever wrote
// it. Nothing of this page may use innerHTML.

/**
 * An element with its attributes and what is in it.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string>} [attributes]
 * @param {...(Node | string)} inside
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, attributes = {}, ...inside) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...inside);
  return made;
}

/**
 * The element of the page with that id, which index.html has.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function known(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no #${id}.`);
  return found;
}

/**
 * A paragraph that stands where a panel has nothing to show.
 * @param {string} words
 * @param {...(Node | string)} more
 */
export function notice(words, ...more) {
  return element("p", { class: "nothing" }, words, ...more);
}

/**
 * A drawing of the gateway as nodes of this page. Only SVG is taken, and of it nothing
 * that runs, loads or leads anywhere.
 * @param {string} text
 * @returns {SVGSVGElement}
 */
export function drawing(text) {
  const read = new DOMParser().parseFromString(text, "image/svg+xml");
  const root = read.documentElement;
  if (root.localName !== "svg") throw new Error("The gateway sent no drawing.");
  for (const one of [...read.querySelectorAll("script, foreignObject, image, a, use")]) {
    one.replaceWith(...(one.localName === "a" ? one.childNodes : []));
  }
  for (const one of [root, ...root.querySelectorAll("*")]) {
    for (const { name } of [...one.attributes]) {
      if (/^on|href$/i.test(name)) one.removeAttribute(name);
    }
  }
  return /** @type {any} */ (document.importNode(root, true));
}
