// Who is looked as: the form in which somebody else is described.

import { element } from "./dom.js";

/**
 * @typedef {object} Somebody
 * @property {HTMLElement} element
 * @property {() => Record<string, any> | undefined} as what is described; undefined:
 *   whoever looks. Raises an Error, whose message is for people.
 */

/**
 * @param {() => void} onChange
 * @param {string} [legend]
 * @returns {Somebody}
 */
export function somebody(onChange, legend = "As someone else") {
  const tenant = field("Tenant", "acme");
  const client = field("Client", "web");
  const flags = field("Flags, JSON", '{"beta": true}');
  const claims = field("Claims, JSON", '{"roles": ["staff"]}');
  const all = [tenant, client, flags, claims];
  for (const { input } of all) input.addEventListener("input", onChange);
  const labels = all.map(({ label }) => label);
  return {
    element: element(
      "details",
      { class: "somebody" },
      element("summary", {}, legend),
      element("div", { class: "fields" }, ...labels),
    ),
    as: () => {
      const said = {
        ...(tenant.input.value ? { tenant: tenant.input.value } : {}),
        ...(client.input.value ? { client: client.input.value } : {}),
        ...map("flags", "Flags", flags.input.value),
        ...map("claims", "Claims", claims.input.value),
      };
      return Object.keys(said).length ? said : undefined;
    },
  };
}

/**
 * @param {string} name
 * @param {string} example
 */
function field(name, example) {
  const input = element("input", { type: "text", placeholder: example, spellcheck: "false" });
  return { input, label: element("label", {}, name, input) };
}

/**
 * @param {string} key
 * @param {string} name
 * @param {string} text
 * @returns {Record<string, any>}
 */
function map(key, name, text) {
  if (!text.trim()) return {};
  try {
    const read = JSON.parse(text);
    if (typeof read === "object" && read !== null && !Array.isArray(read)) {
      return { [key]: read };
    }
  } catch {
    // said below
  }
  throw new Error(`${name} are no JSON object yet.`);
}
