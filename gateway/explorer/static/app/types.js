// The words that the modules of the page share. Types only: nothing here runs.

/**
 * What stands in the editors.
 * @typedef {object} Asked
 * @property {string} query
 * @property {string} variables JSON as it was typed; may be empty or broken
 * @property {string} headers JSON as it was typed; may be empty or broken
 * @property {string | undefined} operationName
 */

/**
 * An operation that was run, and what came of it.
 * @typedef {object} Answered
 * @property {Asked} asked
 * @property {Record<string, any>} answer `data`, `errors` and `extensions`
 * @property {number} size characters of it as it came
 * @property {number} elapsed milliseconds until the whole answer was there
 */

/**
 * @typedef {object} Asking
 * @property {AbortSignal} [signal] what gives the question up
 * @property {"GET" | "POST" | "PUT" | "DELETE"} [method]
 * @property {Record<string, string>} [headers] besides those of the headers editor
 */

/**
 * What a panel is given.
 * @typedef {object} Context
 * @property {string} endpoint where operations are posted
 * @property {(path: string) => string} address of an endpoint below `/explorer/`
 * @property {(path: string, body?: unknown, asking?: Asking) => Promise<any>} ask
 *   JSON of such an endpoint, with the headers of the headers editor; a POST where there
 *   is a body. Raises `Refused`, whose message is for people.
 * @property {() => Asked} asked
 * @property {() => Answered | undefined} answered the last one
 * @property {(hear: (asked: Asked) => void) => void} onChange after each edit
 * @property {(hear: (answered: Answered) => void) => void} onAnswer
 * @property {() => boolean} isShown whether this panel is to be seen
 * @property {(hear: () => void) => void} onShown each time that it comes to be seen
 * @property {(hear: () => void) => void} onLeft each time that it is seen no longer
 * @property {(words: string) => void} announce for who listens instead of looking
 * @property {(panel: string) => void} open shows another panel
 * @property {(query: string) => void} write replaces what stands in the query editor
 */

/**
 * A panel: a module with a `mount`, which is loaded when it is first shown.
 * @typedef {object} Panel
 * @property {string} id
 * @property {string} name
 * @property {boolean} wide whether it takes the whole width unless told otherwise
 * @property {() => Promise<{mount: (element: HTMLElement, context: Context) => void}>} load
 */

/**
 * Something that is wrong in a text.
 * @typedef {object} Problem
 * @property {number} line counted from 1
 * @property {number} column counted from 1
 * @property {string} message
 * @property {"error" | "warning"} [severity]
 */

/**
 * What an editor begins with.
 * @typedef {object} Editing
 * @property {string} text
 * @property {string} label what it edits, for who listens instead of looking
 * @property {boolean} [readOnly]
 * @property {(text: string) => void} [onChange]
 * @property {(context: any) => any} [complete] a completion source of CodeMirror
 */

/**
 * An editor for one text.
 * @typedef {object} Editor
 * @property {() => string} text
 * @property {(text: string) => void} write
 * @property {(problems: Problem[]) => void} mark shows problems beside their lines
 * @property {(line: number, column?: number) => void} go
 * @property {() => void} destroy
 */

export {};
