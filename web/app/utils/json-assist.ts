/** Completion and help while a connector is written as JSON. Loaded with the editor only. */
import { autocompletion, type CompletionContext, type CompletionResult } from '@codemirror/autocomplete';
import { syntaxTree } from '@codemirror/language';
import type { EditorState, Extension } from '@codemirror/state';
import { hoverTooltip } from '@codemirror/view';
import { describePlace } from '@weftline/connectors/authoring/describe-place';
import {
  listKeys,
  listReadable,
  listValues,
  type Completion,
} from '@weftline/connectors/authoring/list-completions';
import type { Connector } from '../types/api.ts';

type Node = ReturnType<ReturnType<typeof syntaxTree>['resolveInner']>;

/** @param document the text parsed as far as it last could be, for names of its own parts */
export function assistJson(document: () => Connector | null, words: { needed: string }): Extension {
  return [
    autocompletion({
      override: [(context) => complete(context, document(), words.needed)],
      icons: false,
      closeOnBlur: true,
    }),
    hoverTooltip((view, position) => {
      const node = syntaxTree(view.state).resolveInner(position, 1);
      if (node.name !== 'PropertyName') return null;
      const help = describePlace(placeOf(view.state, node));
      if (!help) return null;
      return {
        pos: node.from,
        end: node.to,
        above: true,
        create: () => ({
          dom: describe(help.title, help.required ? `${help.type}, ${words.needed}` : help.type, help.text),
        }),
      };
    }),
  ];
}

function complete(
  context: CompletionContext,
  document: Connector | null,
  needed: string,
): CompletionResult | null {
  const { state, pos } = context;
  const node = syntaxTree(state).resolveInner(pos, -1);
  if (node.name === 'String') return completeText(context, node, document, needed);
  const object = node.name === 'PropertyName' ? node.parent?.parent : node.name === 'Object' ? node : null;
  if (object?.name === 'Object') {
    const word = context.matchBefore(/"?[\w-]*$/);
    if (!context.explicit && node.name !== 'PropertyName' && !word?.text) return null;
    const from = node.name === 'PropertyName' ? node.from : (word?.from ?? pos);
    const to = node.name === 'PropertyName' ? node.to : pos;
    const hasValue = node.name === 'PropertyName' && /^\s*:/.test(state.sliceDoc(node.to, node.to + 20));
    const present = namesOf(state, object).filter((name) => name !== textOf(state, node));
    return offer(listKeys(placeOf(state, object), present), needed, from, to, (one) =>
      hasValue ? JSON.stringify(one.label) : one.insert,
    );
  }
  if (!context.explicit || (node.name !== 'Property' && node.name !== 'Array')) return null;
  const place =
    node.name === 'Property' ? placeOf(state, node.firstChild ?? node) : [...placeOf(state, node), 0];
  return offer(listValues(place, document), needed, pos, pos, (one) => one.insert);
}

/** Inside a text: names behind open braces, else the words that the format knows. */
function completeText(
  context: CompletionContext,
  node: Node,
  document: Connector | null,
  needed: string,
): CompletionResult | null {
  const { state, pos } = context;
  const before = state.sliceDoc(node.from, pos);
  const place = placeOf(state, node);
  const open = before.lastIndexOf('{{');
  if (open >= 0 && !before.slice(open).includes('}}')) {
    const word = /[\w.$]*$/.exec(before)?.[0] ?? '';
    return offer(listReadable(place, document), needed, pos - word.length, pos, (one) => one.insert);
  }
  return offer(listValues(place, document), needed, node.from, node.to, (one) => one.insert);
}

function offer(
  found: Completion[],
  needed: string,
  from: number,
  to: number,
  apply: (one: Completion) => string,
): CompletionResult | null {
  if (found.length === 0) return null;
  return {
    from,
    to,
    filter: true,
    options: found.map((one) => ({
      // The quotation mark is part of what was begun, so it is part of what is compared.
      label: apply(one).startsWith('"') ? `"${one.label}"` : one.label,
      displayLabel: one.label,
      detail: one.required ? `${one.detail}, ${needed}` : one.detail,
      boost: one.required ? 1 : 0,
      apply: apply(one),
      ...(one.text === '' ? {} : { info: one.text }),
    })),
  };
}

/** The keys and positions that lead to a node of the tree. */
function placeOf(state: EditorState, node: Node): (string | number)[] {
  const place: (string | number)[] = [];
  let at = node;
  for (let parent: Node | null = at.parent; parent !== null; at = parent, parent = parent.parent) {
    if (parent.name === 'Property') {
      const name = parent.getChild('PropertyName');
      if (name) place.unshift(textOf(state, name));
    } else if (parent.name === 'Array') {
      let index = 0;
      for (let one = parent.firstChild; one && one.from < at.from; one = one.nextSibling)
        if (!['[', ',', '⚠'].includes(one.name)) index += 1;
      place.unshift(index);
    }
  }
  return place;
}

function namesOf(state: EditorState, object: Node): string[] {
  return object.getChildren('Property').flatMap((property) => {
    const name = property.getChild('PropertyName');
    return name ? [textOf(state, name)] : [];
  });
}

function textOf(state: EditorState, node: Node): string {
  const text = state.sliceDoc(node.from, node.to);
  try {
    return String(JSON.parse(text));
  } catch {
    return text.replaceAll('"', '');
  }
}

function describe(title: string, type: string, text: string): HTMLElement {
  const box = globalThis.document.createElement('div');
  box.className = 'cm-help';
  box.dataset['testid'] = 'json-help';
  for (const [tag, content] of [
    ['strong', title],
    ['small', type],
    ['p', text],
  ] as const) {
    const part = globalThis.document.createElement(tag);
    part.textContent = content;
    box.append(part);
  }
  return box;
}
