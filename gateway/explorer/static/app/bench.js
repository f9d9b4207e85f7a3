// The workbench of profiles: their files, an editor, and what an edit comes to while it
// is written. Must never write into the page what a file says as anything but text.

import { changesIn } from "./bench_changes.js";
import { Edits } from "./bench_edits.js";
import { filesIn } from "./bench_files.js";
import { graphsIn, plannedIn, problemsIn } from "./bench_shown.js";
import { completing } from "./completing.js";
import { element, notice } from "./dom.js";
import { editorIn } from "./editing.js";
import { somebody } from "./somebody.js";

/** @typedef {import("./types.js").Context} Context */

const PAUSE = 400; // ms without a key before an edit is judged

/**
 * @param {HTMLElement} root
 * @param {Context} context
 */
export async function mount(root, context) {
  let listed;
  try {
    listed = await context.ask("profiles");
  } catch (problem) {
    root.replaceChildren(notice(said(problem)), retry(root, context));
    return;
  }
  const schema = await context.ask("profile.schema.json").catch(() => undefined);
  const bench = new Bench(root, context, listed, schema);
  await bench.start();
}

/**
 * @param {HTMLElement} root
 * @param {Context} context
 */
function retry(root, context) {
  const again = button("Try again", () => void mount(root, context));
  return element("p", { class: "nothing" }, again);
}

class Bench {
  #edits = new Edits();
  /** @type {string | undefined} */
  #path;
  /** @type {import("./types.js").Editor | undefined} */
  #editor;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #later;
  #checking = false;
  #again = false;

  /**
   * @param {HTMLElement} root
   * @param {Context} context
   * @param {any} listed
   * @param {any} schema
   */
  constructor(root, context, listed, schema) {
    this.root = root;
    this.context = context;
    this.listed = listed;
    this.schema = schema;
    this.files = element("nav", { class: "files", "aria-label": "Profiles" });
    this.place = element("div", { class: "place" });
    this.title = element("h2", {}, "No profile is open");
    this.problems = element("section", { class: "problems", "aria-label": "Problems" });
    this.more = element("section", { class: "more", "aria-label": "What it comes to" });
    this.graphs = element("section", { "aria-label": "Graph" });
    this.save = button("Save", () => void this.#save());
    this.who = somebody(() => {}, "Dry run as someone else");
  }

  async start() {
    const { writable, why } = this.listed;
    const tools = element(
      "div",
      { class: "tools", role: "toolbar", "aria-label": "Profile" },
      this.save,
      button("Undo edits", () => void this.#undo()),
      button("What would change", () => void this.#diff()),
      button("Dry run of the query", () => void this.#dryRun()),
      button("New profile", () => void this.#create()),
    );
    const head = element("div", { class: "head" }, this.title, tools);
    if (!writable) head.append(element("p", { class: "faint readonly" }, why));
    const edit = element("div", { class: "edit" }, head, this.place, this.problems);
    const side = element("div", { class: "side" }, this.who.element, this.more, this.graphs);
    this.root.replaceChildren(element("div", { class: "bench" }, this.files, edit, side));
    this.save.disabled = true;
    addEventListener("beforeunload", (event) => {
      if (this.#edits.changed().size) event.preventDefault();
    });
    this.root.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key === "s") {
        event.preventDefault();
        void this.#save();
      }
    });
    this.#list();
    const first = this.listed.files[0];
    if (first) await this.#show(first.path);
    else this.place.append(notice(`There is no profile in ${this.listed.folder} yet.`));
  }

  #list() {
    const edited = this.#edits.changed();
    filesIn(this.files, this.listed.files, {
      current: this.#path,
      edited: new Set(edited.keys()),
      open: (path) => void this.#show(path),
    });
    const now = this.#path !== undefined && edited.has(this.#path);
    this.save.disabled = !(now && this.listed.writable);
    this.title.textContent = this.#path ? this.#path + (now ? " (edited)" : "") : "";
  }

  /** @param {string} path */
  async #show(path) {
    if (!this.#edits.has(path)) {
      const found = await this.#asked(`profiles/${encoded(path)}`);
      if (!found) return;
      this.#edits.opened(path, found.text, found.digest);
    }
    this.#path = path;
    this.#editor?.destroy();
    const field = element("div", { class: "field" });
    this.place.replaceChildren(field);
    this.#editor = await editorIn(field, {
      text: this.#edits.text(path),
      label: `Profile ${path}`,
      readOnly: false,
      onChange: (text) => this.#changed(path, text),
      complete: completing(this.schema),
    });
    this.more.replaceChildren();
    this.#list();
    await this.#check();
  }

  /**
   * @param {string} path
   * @param {string} text
   */
  #changed(path, text) {
    if (!this.#edits.write(path, text)) return;
    this.#list();
    clearTimeout(this.#later);
    this.#later = setTimeout(() => void this.#check(), PAUSE);
  }

  async #check() {
    if (this.#checking) {
      this.#again = true; // one at a time: the last text counts
      return;
    }
    this.#checking = true;
    const path = this.#path ?? "";
    const texts = { ...this.#edits.texts(), [path]: this.#edits.text(path) };
    try {
      const found = await this.context.ask("check", { texts, file: path });
      if (path === this.#path) this.#judged(found, found.files[path]);
    } catch (problem) {
      this.problems.replaceChildren(element("p", { class: "bad", role: "alert" }, said(problem)));
    }
    this.#checking = false;
    if (this.#again) {
      this.#again = false;
      await this.#check();
    }
  }

  /**
   * @param {any} found
   * @param {string} file what this file is called in problems
   */
  #judged(found, file) {
    const own = found.problems.filter((/** @type {any} */ one) => one.file === file);
    this.#editor?.mark(own);
    problemsIn(this.problems, found, file, (line, column) => this.#editor?.go(line, column));
    graphsIn(this.graphs, found.graphs, (line, column) => this.#editor?.go(line, column));
    const words = own.length ? `Problems in this file: ${own.length}` : "No problem here";
    this.context.announce(words);
  }

  async #diff() {
    const found = await this.#asked("diff", { texts: this.#edits.texts() });
    if (found) changesIn(this.more, found);
  }

  async #dryRun() {
    const { query, variables, operationName } = this.context.asked();
    let as, given;
    try {
      as = this.who.as();
      given = variables.trim() ? JSON.parse(variables) : {};
    } catch (problem) {
      this.#complain(problem);
      return;
    }
    const asking = { query, variables: given, operationName, as, texts: this.#edits.texts() };
    const found = await this.#asked("dry-run", asking);
    if (found) plannedIn(this.more, found);
  }

  async #save() {
    const path = this.#path;
    if (path === undefined || !this.#edits.has(path) || this.save.disabled) return;
    const { text, digest } = this.#edits.get(path);
    const address = `profiles/${encoded(path)}`;
    const saved = await this.#asked(address, { text, digest }, "PUT");
    if (!saved) return;
    this.#edits.saved(path, text, saved.digest);
    this.listed = await this.context.ask("profiles").catch(() => this.listed);
    this.#list();
    this.context.announce(`${path} is saved.`);
  }

  async #undo() {
    const path = this.#path;
    if (path === undefined) return;
    const { digest } = this.#edits.close(path);
    if (!digest) {
      this.listed.files = this.listed.files.filter((/** @type {any} */ f) => f.path !== path);
    }
    const next = digest ? path : this.listed.files[0]?.path;
    if (next) await this.#show(next);
  }

  async #create() {
    const path = prompt("Name of the new profile, below the folder of profiles", "new.yaml");
    if (!path) return;
    if (!this.listed.files.some((/** @type {any} */ one) => one.path === path)) {
      const made = { path, file: path, gives: [], state: "new", errors: 0, warnings: 0 };
      this.listed.files.push(made);
      this.#edits.begin(path, "language: 1\noperation: \nsteps:\n  - name: \n");
    }
    await this.#show(path);
  }

  /**
   * @param {string} path
   * @param {unknown} [body]
   * @param {"PUT"} [method]
   * @returns {Promise<any>} undefined where it was refused, which is said then
   */
  async #asked(path, body, method) {
    try {
      return await this.context.ask(path, body, method ? { method } : {});
    } catch (problem) {
      this.#complain(problem);
      return undefined;
    }
  }

  /** @param {unknown} problem */
  #complain(problem) {
    const words = element("p", { class: "bad", role: "alert" }, said(problem));
    this.more.replaceChildren(words);
  }
}

/**
 * @param {string} words
 * @param {() => void} act
 */
function button(words, act) {
  const made = element("button", { type: "button" }, words);
  made.addEventListener("click", act);
  return made;
}

/** @param {string} path */
function encoded(path) {
  return path.split("/").map(encodeURIComponent).join("/");
}

/** @param {unknown} problem */
function said(problem) {
  return problem instanceof Error ? problem.message : String(problem);
}
