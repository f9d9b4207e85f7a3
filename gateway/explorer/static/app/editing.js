// An editor for a text of the language: CodeMirror where npm built it, else a plain field.

import { element } from "./dom.js";

/** @typedef {import("./types.js").Editor} Editor */
/** @typedef {import("./types.js").Editing} Editing */

/**
 * An editor in `parent`, which is empty.
 * @param {HTMLElement} parent
 * @param {Editing} options
 * @returns {Promise<Editor>}
 */
export async function editorIn(parent, options) {
  if (document.body.dataset.graphiql === "built") {
    const file = "../built/editor.js"; // absent where npm was not there
    const { editor } = await import(file);
    return editor(parent, options);
  }
  return plain(parent, options);
}

/**
 * @param {HTMLElement} parent
 * @param {Editing} options
 * @returns {Editor}
 */
function plain(parent, { text, label, readOnly, onChange }) {
  const field = element("textarea", {
    class: "editing",
    "aria-label": label,
    spellcheck: "false",
    wrap: "off",
  });
  field.value = text;
  field.readOnly = Boolean(readOnly);
  field.addEventListener("input", () => onChange?.(field.value));
  parent.append(field);
  return {
    text: () => field.value,
    write: (words) => {
      field.value = words;
      onChange?.(words);
    },
    mark: (problems) => field.setAttribute("aria-invalid", String(problems.length > 0)),
    go: (line, column = 1) => {
      const before = field.value.split("\n").slice(0, line - 1);
      const at = before.join("\n").length + Math.min(before.length, 1) + column - 1;
      field.focus();
      field.setSelectionRange(at, at);
    },
    destroy: () => field.remove(),
  };
}
