/** How every code editor looks: the colours of the app, also in the dark. */
import { EditorView } from 'codemirror';

export const editorTheme = EditorView.theme({
  '&': {
    height: '100%',
    fontSize: '12.5px',
    backgroundColor: 'var(--ui-bg)',
    color: 'var(--ui-text-highlighted)',
  },
  '.cm-scroller': { fontFamily: 'var(--font-mono)', lineHeight: '1.55' },
  '.cm-content': { caretColor: 'var(--ui-text-highlighted)' },
  '.cm-cursor': { borderLeftColor: 'var(--ui-text-highlighted)' },
  '.cm-gutters': { backgroundColor: 'var(--ui-bg-muted)', color: 'var(--ui-text-dimmed)', border: 'none' },
  '.cm-activeLine, .cm-activeLineGutter': {
    backgroundColor: 'color-mix(in oklab, var(--ui-primary) 7%, transparent)',
  },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'color-mix(in oklab, var(--ui-primary) 25%, transparent) !important',
  },
  '&.cm-focused': { outline: '2px solid var(--ui-primary)', outlineOffset: '-2px' },
  '.cm-tooltip': {
    backgroundColor: 'var(--ui-bg)',
    color: 'var(--ui-text)',
    border: '1px solid var(--ui-border-accented)',
    borderRadius: '6px',
  },
  '.cm-tooltip-autocomplete ul li[aria-selected]': {
    backgroundColor: 'color-mix(in oklab, var(--ui-primary) 18%, transparent)',
    color: 'var(--ui-text-highlighted)',
  },
  '.cm-completionDetail': { color: 'var(--ui-text-muted)', fontStyle: 'normal', marginLeft: '1em' },
  '.cm-completionInfo, .cm-help': { maxWidth: '26rem', padding: '8px 10px', lineHeight: '1.45' },
  '.cm-help strong': { fontFamily: 'var(--font-mono)', marginRight: '0.75em' },
  '.cm-help small': { color: 'var(--ui-text-muted)' },
  '.cm-help p': { marginTop: '4px' },
  '.cm-panels': { backgroundColor: 'var(--ui-bg-muted)', color: 'var(--ui-text)' },
});
