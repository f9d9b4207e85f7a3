// A way out of GraphiQL's editors for who uses no pointer: they keep the Tab key for
// themselves, so Escape gives it back until something else is typed.

/** @param {HTMLElement} root what the editors are in */
export function letLeave(root) {
  let leaving = false;
  root.addEventListener(
    "keydown",
    (event) => {
      if (event.key === "Tab" && leaving) event.stopPropagation(); // the browser's now
      else if (event.key !== "Shift") leaving = event.key === "Escape";
    },
    { capture: true },
  );
}
