// A drawing as one file that needs nothing else: its style sheet goes with it.

/** @param {SVGSVGElement} drawn */
export async function save(drawn) {
  const copy = /** @type {SVGSVGElement} */ (drawn.cloneNode(true));
  const { width, height } = drawn.viewBox.baseVal;
  copy.setAttribute("width", String(width));
  copy.setAttribute("height", String(height));
  copy.querySelectorAll("[tabindex]").forEach((one) => one.removeAttribute("tabindex"));
  const read = new XMLSerializer().serializeToString(copy);
  const at = read.indexOf(">") + 1;
  const style = `<style><![CDATA[${await sheet()}]]></style>`;
  download(`${read.slice(0, at)}${style}${read.slice(at)}`, "plan.svg", "image/svg+xml");
}

/**
 * @param {string} text
 * @param {string} name
 * @param {string} type
 */
export function download(text, name, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

async function sheet() {
  const link = document.querySelector('link[href$="/drawing.css"]');
  const answer = link && (await fetch(/** @type {HTMLLinkElement} */ (link).href));
  return answer?.ok ? answer.text() : "";
}
