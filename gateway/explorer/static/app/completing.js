// What may stand where somebody writes a profile, by the JSON Schema of the language.
// Knows of YAML no more than where a line is indented and which keys it stands under.

/** @typedef {{label: string, type: string, detail?: string, info?: string, apply?: string}} Option */

const DEEPEST = 12; // alternatives within alternatives that are looked into

/**
 * A completion source of CodeMirror.
 * @param {any} schema
 * @returns {((context: any) => any) | undefined}
 */
export function completing(schema) {
  if (!schema) return undefined;
  return (context) => {
    const text = context.state.sliceDoc(0, context.pos);
    const found = optionsAt(schema, text);
    const typed = /[\w-]*$/.exec(text)?.[0] ?? "";
    if (!found.length || (!typed && !context.explicit && !/[{,:] $|\n *(- )?$/.test(text))) {
      return null;
    }
    return { from: context.pos - typed.length, options: found, validFor: /^[\w-]*$/ };
  };
}

/**
 * What may be written at the end of a text.
 * @param {any} schema
 * @param {string} text
 * @returns {Option[]}
 */
export function optionsAt(schema, text) {
  const lines = text.split("\n");
  const line = lines[lines.length - 1];
  const trail = trailOf(lines);
  const value = /([\w-]+):\s+[\w-]*$/.exec(line);
  if (value) return values(below(schema, [...trail, value[1]]));
  if (/:\s*["'|>]|#/.test(line.replace(/\{[^}]*$/, ""))) return [];
  return keys(below(schema, trail));
}

/**
 * The keys that the end of a text stands under; a list's item is `-`.
 * @param {string[]} lines
 * @returns {string[]}
 */
function trailOf(lines) {
  const last = lines[lines.length - 1];
  const flow = /^(.*)\{[^{}]*$/.exec(last);
  const start = flow ? flow[1] : last;
  let indent = columnOf(start);
  /** @type {string[]} */
  const trail = [];
  if (flow) {
    const key = /([\w-]+):\s*$/.exec(start);
    if (key) trail.unshift(key[1]);
  }
  if (/^\s*- /.test(start)) {
    trail.unshift("-");
    indent = start.search(/\S/);
  }
  for (const line of lines.slice(0, -1).reverse()) {
    if (!line.trim() || line.trim().startsWith("#")) continue;
    const own = line.search(/\S/);
    const item = /^\s*- /.test(line);
    const deep = columnOf(line);
    const key = /^[\s-]*([\w-]+):\s*$/.exec(line);
    if (key && deep < indent) {
      trail.unshift(key[1]);
      indent = deep;
    } else if (key && trail[0] === "-" && deep <= indent) {
      trail.unshift(key[1]); // a list may stand as far left as its key
      indent = deep;
    }
    if (item && deep <= indent && own < indent) {
      trail.unshift("-");
      indent = own;
    }
    if (!indent) break;
  }
  return trail;
}

/**
 * Where the first key of a line stands, past the dash of a list.
 * @param {string} line
 */
function columnOf(line) {
  return /^\s*(?:- +)?/.exec(line)?.[0].length ?? 0;
}

/**
 * The schemas of what stands at a trail, alternatives each by itself.
 * @param {any} schema
 * @param {string[]} trail
 */
function below(schema, trail) {
  let found = alternatives(schema, schema);
  for (const key of trail) {
    const next = found.flatMap((one) =>
      key === "-" ? [one.items] : [one.properties?.[key] ?? loose(one)],
    );
    found = next.filter(Boolean).flatMap((one) => alternatives(schema, one));
  }
  return found;
}

/** @param {any} one */
function loose(one) {
  const more = one.additionalProperties;
  return typeof more === "object" ? more : undefined;
}

/**
 * @param {any} root
 * @param {any} schema
 * @param {number} [depth]
 * @returns {any[]}
 */
function alternatives(root, schema, depth = 0) {
  if (!schema || depth > DEEPEST) return [];
  if (schema.$ref) {
    const name = String(schema.$ref).split("/").pop() ?? "";
    return alternatives(root, root.$defs?.[name], depth + 1);
  }
  const several = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (several) {
    return several.flatMap((/** @type {any} */ one) => alternatives(root, one, depth + 1));
  }
  return [schema];
}

/**
 * @param {any[]} schemas
 * @returns {Option[]}
 */
function keys(schemas) {
  /** @type {Map<string, Option>} */
  const found = new Map();
  for (const one of schemas) {
    for (const [label, about] of Object.entries(one.properties ?? {})) {
      const info = /** @type {any} */ (about).description;
      const detail = one.required?.includes(label) ? "required" : undefined;
      const option = { label, type: "property", detail, info, apply: `${label}: ` };
      if (!found.has(label)) found.set(label, option);
    }
  }
  return [...found.values()];
}

/**
 * @param {any[]} schemas
 * @returns {Option[]}
 */
function values(schemas) {
  const found = new Set();
  for (const one of schemas) {
    for (const value of one.enum ?? []) found.add(String(value));
    if (one.const !== undefined) found.add(String(one.const));
    if (one.type === "boolean") for (const word of ["true", "false"]) found.add(word);
  }
  return [...found].map((label) => ({ label: String(label), type: "enum" }));
}
