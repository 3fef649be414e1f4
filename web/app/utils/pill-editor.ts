/** The document behind a pill field: paragraphs of text with pills as atoms. Only Tiptap's core, no formatting. */
import { Extension, InputRule, mergeAttributes, Node, type JSONContent } from '@tiptap/core';
import { history, redo, undo } from '@tiptap/pm/history';
import { splitPieces } from './template-text.ts';

/** What the DOM of one pill shows. */
export type PillView = { label: string; title: string; tone: 'data' | 'formula' | 'broken' };

export const PillDocument = Node.create({ name: 'doc', topNode: true, content: 'paragraph+' });
export const PillParagraph = Node.create({
  name: 'paragraph',
  group: 'block',
  content: 'inline*',
  parseHTML: () => [{ tag: 'p' }],
  renderHTML: ({ HTMLAttributes }) => ['p', HTMLAttributes, 0],
});
export const PillText = Node.create({ name: 'text', group: 'inline' });

/** The atom. `look` is asked when it is drawn, so that a renamed step shows its new name. */
export const Pill = Node.create<{ look: (source: string) => PillView }>({
  name: 'pill',
  group: 'inline',
  inline: true,
  atom: true,
  selectable: true,
  addOptions: () => ({ look: (source) => ({ label: source, title: source, tone: 'data' as const }) }),
  addAttributes: () => ({ source: { default: '' } }),
  parseHTML: () => [
    { tag: 'span[data-pill]', getAttrs: (element) => ({ source: element.getAttribute('data-pill') ?? '' }) },
  ],
  renderHTML({ node, HTMLAttributes }) {
    const source = String(node.attrs.source);
    const { label, title, tone } = this.options.look(source);
    return [
      'span',
      mergeAttributes(HTMLAttributes, { 'data-pill': source, class: `pill pill-${tone}`, title }),
      label,
    ];
  },
  renderText: ({ node }) => `{{${node.attrs.source}}}`,
  addInputRules() {
    return [
      new InputRule({
        find: /\{\{((?:[^{}'"]|'[^']*'|"[^"]*")+)\}\}$/,
        handler: ({ range, match, chain }) => {
          // A text put in as a whole ends with a hole as well; it becomes a pill when the field is left.
          if (range.from > range.to) return null;
          chain()
            .insertContentAt(range, { type: 'pill', attrs: { source: match[1]!.trim() } })
            .run();
        },
      }),
    ];
  },
});

/** Undo and redo inside the field. */
export const PillHistory = Extension.create({
  name: 'pillHistory',
  addProseMirrorPlugins: () => [history()],
  addKeyboardShortcuts() {
    const back = () => undo(this.editor.state, this.editor.view.dispatch);
    const forth = () => redo(this.editor.state, this.editor.view.dispatch);
    return { 'Mod-z': back, 'Shift-Mod-z': forth, 'Mod-y': forth };
  },
});

/** Text with `{{ … }}` as a document. */
export function toDocument(text: string): JSONContent {
  const paragraphs: JSONContent[][] = [[]];
  for (const piece of splitPieces(text)) {
    if (piece.kind === 'hole') {
      paragraphs.at(-1)!.push({ type: 'pill', attrs: { source: piece.source } });
      continue;
    }
    piece.text.split('\n').forEach((line, index) => {
      if (index > 0) paragraphs.push([]);
      if (line !== '') paragraphs.at(-1)!.push({ type: 'text', text: line });
    });
  }
  return { type: 'doc', content: paragraphs.map((content) => ({ type: 'paragraph', content })) };
}

/** The document as text again. */
export function toText(document: JSONContent): string {
  return (document.content ?? [])
    .map((paragraph) =>
      (paragraph.content ?? [])
        .map((node) => (node.type === 'pill' ? `{{${node.attrs?.source}}}` : (node.text ?? '')))
        .join(''),
    )
    .join('\n');
}
