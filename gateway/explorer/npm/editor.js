// An editor of YAML for the workbench. It lies in a shadow root of its own: there its
// style sheets are adopted instead of written into the page, which the policy forbids.

import { autocompletion, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import {
  bracketMatching,
  foldGutter,
  foldKeymap,
  HighlightStyle,
  indentOnInput,
  syntaxHighlighting,
} from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";

// The page's own colours, which are others in the dark; CodeMirror's are for light alone.
const COLOURS = HighlightStyle.define([
  { tag: [tags.definition(tags.propertyName), tags.labelName], color: "var(--accent)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--good)" },
  { tag: [tags.keyword, tags.typeName, tags.meta], color: "var(--warn)" },
  { tag: tags.comment, color: "var(--faint)", fontStyle: "italic" },
  { tag: tags.invalid, color: "var(--bad)" },
]);
const CHOSEN = { backgroundColor: "color-mix(in srgb, var(--accent) 30%, transparent)" };

const THEME = EditorView.theme({
  "&": { height: "100%", color: "var(--ink)", backgroundColor: "var(--ground)" },
  ".cm-gutters": { color: "var(--faint)", backgroundColor: "var(--raised)" },
  ".cm-content": { caretColor: "var(--ink)", fontFamily: "ui-monospace, monospace" },
  ".cm-activeLine": { backgroundColor: "transparent" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground": CHOSEN,
  ".cm-selectionBackground": CHOSEN,
  ".cm-panels": { color: "var(--ink)", backgroundColor: "var(--raised)" },
  ".cm-tooltip": { color: "var(--ink)", backgroundColor: "var(--raised)" },
});

/**
 * @param {HTMLElement} parent
 * @param {import("../static/app/types.js").Editing} options
 * @returns {import("../static/app/types.js").Editor}
 */
export function editor(parent, { text, label, readOnly = false, onChange, complete }) {
  const root = parent.attachShadow({ mode: "open" });
  const view = new EditorView({
    parent: /** @type {any} */ (root),
    root,
    doc: text,
    extensions: [
      lineNumbers(),
      foldGutter(),
      history(),
      drawSelection(),
      indentOnInput(),
      bracketMatching(),
      highlightActiveLine(),
      highlightSelectionMatches(),
      lintGutter(),
      yaml(),
      syntaxHighlighting(COLOURS),
      autocompletion(complete ? { override: [complete] } : {}),
      EditorState.readOnly.of(readOnly),
      EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) onChange?.(update.state.doc.toString());
      }),
      keymap.of([
        ...completionKeymap,
        ...defaultKeymap,
        ...historyKeymap,
        ...foldKeymap,
        ...lintKeymap,
        ...searchKeymap,
        indentWithTab, // Escape, then Tab, leaves the editor
      ]),
      THEME,
    ],
  });
  /**
   * @param {number} line
   * @param {number} column
   */
  const at = (line, column) => {
    const found = view.state.doc.line(Math.min(Math.max(line, 1), view.state.doc.lines));
    return Math.min(found.from + Math.max(column - 1, 0), found.to);
  };
  return {
    text: () => view.state.doc.toString(),
    write: (words) =>
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: words } }),
    mark: (problems) =>
      view.dispatch(
        setDiagnostics(
          view.state,
          problems.map(({ line, column, message, severity = "error" }) => {
            const from = at(line, column);
            return { from, to: view.state.doc.lineAt(from).to, message, severity };
          }),
        ),
      ),
    go: (line, column = 1) => {
      view.dispatch({ selection: { anchor: at(line, column) }, scrollIntoView: true });
      view.focus();
    },
    destroy: () => view.destroy(),
  };
}
