/* Turns `<textarea data-editor="python|javascript">` into a code editor. The textarea stays the form's field: what is
   typed is written back at once, so that forms, htmx and tests see it.

   Ctrl-S or Cmd-S sends the form. Tab indents; Escape, then Tab, goes on to the next field. `data-problem` marks a line:
   {"line", "column", "message"}. A part that comes later with `data-problem-for="<id of the textarea>"` and
   `data-problem` moves the mark; an empty one takes it away. */

import { indentWithTab } from "@codemirror/commands";
import { javascript } from "@codemirror/lang-javascript";
import { python } from "@codemirror/lang-python";
import { HighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { setDiagnostics } from "@codemirror/lint";
import { EditorState, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, keymap } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { basicSetup } from "codemirror";
import { onParts } from "./islands/parts.js";

const LANGUAGES = { python: () => [python(), indentUnit.of("    ")], javascript: () => [javascript(), indentUnit.of("  ")] };
const editors = new WeakMap();

const markLine = StateEffect.define();
const markedLine = StateField.define({
  create: () => Decoration.none,
  update(marks, transaction) {
    let next = marks.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(markLine)) continue;
      next = effect.value === null ? Decoration.none : Decoration.set([Decoration.line({ class: "cm-problem-line" }).range(effect.value)]);
    }
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.bool, tags.null, tags.self], color: "var(--bronze-strong)", fontWeight: "600" },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], color: "var(--ok)" },
  { tag: [tags.comment], color: "var(--muted)", fontStyle: "italic" },
  { tag: [tags.number], color: "var(--warn)" },
  { tag: [tags.definition(tags.variableName), tags.function(tags.variableName)], color: "var(--ink)", fontWeight: "600" },
  { tag: tags.invalid, color: "var(--bad)" },
]);

const look = EditorView.theme({
  "&": { backgroundColor: "var(--code)", color: "var(--ink)", font: "var(--mono)" },
  "&.cm-focused": { outline: "2px solid var(--bronze)", outlineOffset: "-2px" },
  ".cm-scroller": { font: "var(--mono)", overflow: "auto" },
  ".cm-content": { caretColor: "var(--ink)", padding: "10px 0" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "var(--code)", color: "var(--muted)", border: "0" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--bronze-weak) 45%, transparent)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--bronze-weak)" },
  ".cm-matchingBracket, &.cm-focused .cm-matchingBracket": { backgroundColor: "var(--bronze-weak)", outline: "1px solid var(--bronze)" },
  ".cm-problem-line": { backgroundColor: "var(--bad-weak)" },
  // The package's own mark is an image in a data: address, which the policy refuses.
  ".cm-lintRange-error, .cm-lintRange-active": { backgroundImage: "none", textDecoration: "underline wavy var(--bad)", backgroundColor: "transparent" },
  ".cm-tooltip, .cm-panels": { backgroundColor: "var(--surface)", color: "var(--ink)", border: "1px solid var(--line)" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--bronze)", color: "var(--on-bronze)" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--bad)" },
  ".cm-foldPlaceholder": { backgroundColor: "var(--sunken)", color: "var(--muted)", border: "1px solid var(--line)" },
});

onParts((root) => {
  for (const area of root.querySelectorAll("textarea[data-editor]")) if (!editors.has(area)) upgrade(area);
  for (const part of root.querySelectorAll("[data-problem-for]")) {
    const area = document.getElementById(part.dataset.problemFor);
    if (area && editors.has(area)) showProblem(editors.get(area), read(part.dataset.problem));
    part.removeAttribute("data-problem-for");
  }
});

function upgrade(area) {
  const label = area.labels?.[0]?.textContent ?? area.name;
  const described = area.getAttribute("aria-describedby");
  const attributes = { "aria-label": label, tabindex: "0", ...(described && { "aria-describedby": described }) };
  const view = new EditorView({
    doc: area.value,
    extensions: [
      basicSetup,
      keymap.of([indentWithTab, { key: "Mod-s", run: () => send(area), preventDefault: true }]),
      LANGUAGES[area.dataset.editor]?.() ?? [],
      syntaxHighlighting(colours),
      look,
      markedLine,
      EditorState.tabSize.of(4),
      EditorState.readOnly.of(area.readOnly),
      EditorView.editable.of(!area.readOnly),
      // Classes that are added to the element itself are gone when it is focused.
      EditorView.editorAttributes.of({ class: "code-editor" }),
      EditorView.contentAttributes.of(attributes),
      // Styles that are made here are known to the policy by this answer's nonce.
      EditorView.cspNonce.of(document.querySelector("link[rel=stylesheet][nonce]")?.nonce ?? ""),
      EditorView.updateListener.of((update) => update.docChanged && writeBack(area, view)),
    ],
  });
  editors.set(area, view);
  area.after(view.dom);
  // Whoever has begun in the plain field goes on where they were.
  if (document.activeElement === area) {
    view.dispatch({ selection: { anchor: area.selectionStart, head: area.selectionEnd } });
    view.focus();
  }
  area.hidden = true;
  area.labels?.[0]?.addEventListener("click", () => view.focus());
  showProblem(view, read(area.dataset.problem));
}

function writeBack(area, view) {
  area.value = view.state.doc.toString();
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

function send(area) {
  const form = area.form;
  if (!form) return false;
  form.requestSubmit(form.querySelector("[data-save]") ?? document.querySelector(`[data-save][form="${form.id}"]`));
  return true;
}

function read(problem) {
  return problem ? JSON.parse(problem) : null;
}

/** Mark the line of a problem and bring it into view; null takes the mark away. */
function showProblem(view, problem) {
  if (!problem?.line) {
    view.dispatch(setDiagnostics(view.state, []), { effects: markLine.of(null) });
    return;
  }
  const { doc } = view.state;
  const line = doc.line(Math.min(Math.max(problem.line, 1), doc.lines));
  const from = Math.min(line.from + Math.max((problem.column ?? 1) - 1, 0), line.to);
  const to = problem.column && from < line.to ? from + 1 : line.to;
  const start = from < to ? from : line.from;
  view.dispatch(setDiagnostics(view.state, [{ from: start, to, severity: "error", message: problem.message }]), {
    effects: [markLine.of(line.from), EditorView.scrollIntoView(line.from, { y: "center" })],
  });
}
