// The editor of the workbenches: the parts of CodeMirror that it needs, behind one function.
// `make editor` bundles this file into chapters/_static/workbench/editor.js.

import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { pythonLanguage } from "@codemirror/lang-python";
import {
  HighlightStyle,
  bracketMatching,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { EditorView, drawSelection, keymap } from "@codemirror/view";
import { tags } from "@lezer/highlight";

// The colors are those of the page, so they follow light and dark.
const colors = HighlightStyle.define([
  { tag: tags.comment, color: "var(--course-muted)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--course-green)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--course-orange)" },
  { tag: [tags.keyword, tags.operatorKeyword], color: "var(--course-blue)", fontWeight: "650" },
]);
const look = EditorView.theme({
  "&": { color: "var(--course-ink)", fontSize: "0.84rem" },
  "&.cm-focused": { outline: "3px solid var(--course-blue)", outlineOffset: "2px" },
  ".cm-content": { caretColor: "var(--course-ink)", fontFamily: "var(--course-mono)" },
  ".cm-cursor": { borderLeftColor: "var(--course-ink)" },
  ".cm-line": { lineHeight: "1.55", padding: "0 1rem" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground":
    { background: "color-mix(in srgb, var(--course-blue) 25%, transparent)" },
  "&.cm-focused .cm-matchingBracket": {
    background: "color-mix(in srgb, var(--course-orange) 30%, transparent)",
  },
});

// Makes an editor. Tab indents; after Escape, the next Tab leaves the editor. Ctrl+Enter runs.
export function createEditor({ parent, source, label, onChange, onRun }) {
  const run = () => {
    onRun();
    return true;
  };
  const view = new EditorView({
    parent,
    doc: source,
    extensions: [
      history(),
      drawSelection(),
      indentOnInput(),
      bracketMatching(),
      pythonLanguage,
      indentUnit.of("    "),
      EditorState.tabSize.of(4),
      syntaxHighlighting(colors),
      look,
      EditorView.lineWrapping,
      EditorView.contentAttributes.of({ "aria-label": label }),
      EditorView.updateListener.of(({ docChanged }) => docChanged && onChange(view.state.doc.toString())),
      keymap.of([
        { key: "Mod-Enter", run },
        { key: "Ctrl-Enter", run },
        indentWithTab,
        ...historyKeymap,
        ...defaultKeymap,
      ]),
    ],
  });
  return {
    focus: () => view.focus(),
    get source() {
      return view.state.doc.toString();
    },
    set source(text) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
    },
  };
}
