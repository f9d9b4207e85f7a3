// Names for GraphiQL's editors, which have none for who listens instead of looking.

const OWN = 4; // query, variables, headers, answer

/** @param {HTMLElement} root what the editors come to be in, at any time */
export function nameEditors(root) {
  /** @type {Set<Element>} */
  const named = new Set();
  const looking = new MutationObserver(() => {
    for (const field of root.querySelectorAll(".CodeMirror textarea:not([aria-label])")) {
      named.add(field);
      field.setAttribute("aria-label", nameOf(field));
    }
    if (named.size >= OWN) looking.disconnect();
  });
  looking.observe(root, { childList: true, subtree: true });
}

/** @param {Element} field */
function nameOf(field) {
  if (field.closest(".graphiql-query-editor")) return "Operation, GraphQL";
  const tool = field.closest(".graphiql-editor-tool");
  if (!tool) return "Answer, JSON";
  const editor = field.closest(".graphiql-editor");
  const at = [...tool.querySelectorAll(".graphiql-editor")].findIndex((one) => one === editor);
  return at ? "Headers, JSON" : "Variables, JSON";
}
