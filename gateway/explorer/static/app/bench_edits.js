// The files that are open in the workbench: what each says on disk, and as it is edited.
// Knows no editor and asks nobody.

/**
 * A file: `saved` is what its author began with, `digest` names that; null for a file
 * that is not on disk yet.
 * @typedef {{text: string, saved: string, digest: string | null}} Edited
 */

const NOTHING = Object.freeze({ text: "", saved: "", digest: null });

export class Edits {
  /** @type {Map<string, Edited>} by path */
  #open = new Map();

  /** @param {string} path */
  has(path) {
    return this.#open.has(path);
  }

  /**
   * @param {string} path
   * @returns {Readonly<Edited>}
   */
  get(path) {
    return this.#open.get(path) ?? NOTHING;
  }

  /** @param {string} path */
  text(path) {
    return this.get(path).text;
  }

  /**
   * A file as it was read.
   * @param {string} path
   * @param {string} text
   * @param {string} digest
   */
  opened(path, text, digest) {
    this.#open.set(path, { text, saved: text, digest });
  }

  /**
   * A file that there is not yet.
   * @param {string} path
   * @param {string} text
   */
  begin(path, text) {
    this.#open.set(path, { text, saved: "", digest: null });
  }

  /**
   * @param {string} path
   * @param {string} text
   * @returns {boolean} whether that is an edit
   */
  write(path, text) {
    const one = this.#open.get(path);
    if (!one || one.text === text) return false;
    one.text = text;
    return true;
  }

  /**
   * @param {string} path
   * @param {string} text as it was sent: more may have been written since
   * @param {string} digest
   */
  saved(path, text, digest) {
    const one = this.#open.get(path);
    if (one) Object.assign(one, { saved: text, digest });
  }

  /**
   * Forgets what was edited of a file.
   * @param {string} path
   * @returns {Readonly<Edited>} what it was
   */
  close(path) {
    const was = this.get(path);
    this.#open.delete(path);
    return was;
  }

  /** @returns {Map<string, string>} the text of each file that is not as it is on disk */
  changed() {
    const all = [...this.#open].filter(([, one]) => one.text !== one.saved || !one.digest);
    return new Map(all.map(([path, one]) => [path, one.text]));
  }

  /** @returns {Record<string, string>} the same, to be sent */
  texts() {
    return Object.fromEntries(this.changed());
  }
}
