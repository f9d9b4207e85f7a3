// An answer that comes in parts, put together as it comes: what a reader sees is one
// answer that grows, whichever GraphiQL shows it (that of PyPI knows no `incremental`).

/**
 * @typedef {object} Whole
 * @property {any} [data]
 * @property {any[]} [errors]
 * @property {Record<string, any>} [extensions]
 */

/**
 * One more part.
 * @param {Whole} whole what came before; it is changed
 * @param {any} part
 */
export function join(whole, part) {
  if (part.data !== undefined) whole.data = part.data;
  heard(whole, part);
  for (const one of part.incremental ?? []) {
    heard(whole, one);
    if (one.items) put(whole.data, one.path ?? [], one.items);
    else if (one.data) merge(at(whole.data, one.path ?? []), one.data);
  }
}

/**
 * What is said besides data.
 * @param {Whole} whole
 * @param {any} said
 */
function heard(whole, { errors, extensions }) {
  if (errors?.length) whole.errors = [...(whole.errors ?? []), ...errors];
  if (extensions) whole.extensions = { ...whole.extensions, ...extensions };
}

/**
 * @param {any} data
 * @param {(string | number)[]} path
 * @returns {any} undefined where there is no such place
 */
function at(data, path) {
  let found = data;
  for (const key of path) {
    found = isObject(found) && Object.hasOwn(found, key) ? found[key] : undefined;
  }
  return found;
}

/**
 * Rows of a list, from the index that ends their path.
 * @param {any} data
 * @param {(string | number)[]} path
 * @param {any[]} items
 */
function put(data, path, items) {
  const list = at(data, path.slice(0, -1));
  const first = path[path.length - 1];
  if (Array.isArray(list) && typeof first === "number") {
    list.splice(first, items.length, ...items);
  }
}

/**
 * Fields of an object; none of its names is more than a name.
 * @param {any} into
 * @param {any} data
 */
function merge(into, data) {
  if (!isObject(into) || !isObject(data)) return;
  for (const [key, value] of Object.entries(data)) {
    const own = Object.hasOwn(into, key) ? into[key] : undefined;
    if (isObject(own) && isObject(value)) merge(own, value);
    else {
      const told = { value, enumerable: true, writable: true, configurable: true };
      Object.defineProperty(into, key, told);
    }
  }
}

/** @param {any} value */
function isObject(value) {
  return typeof value === "object" && value !== null;
}
