/** Colours and indentation for JavaScript: a reader of words, texts and brackets, no parser. What is wrong is said by the engine that runs it. */
import { StreamLanguage, type StreamParser, type StringStream } from '@codemirror/language';

const keywords = new Set(
  'async await break case catch class const continue debugger default delete do else extends finally for function if in instanceof let new of return static super switch this throw try typeof var void while yield'.split(
    ' ',
  ),
);
const atoms = new Set(['true', 'false', 'null', 'undefined', 'NaN', 'Infinity']);

type State = {
  inComment: boolean;
  /** Open brackets; '`' is a template, '${' a hole in one. */
  open: string[];
  /** A slash that comes now begins a regular expression. */
  atValue: boolean;
  afterDot: boolean;
};

function readComment(stream: StringStream, state: State): string {
  state.inComment = !stream.skipTo('*/');
  if (state.inComment) stream.skipToEnd();
  else stream.match('*/');
  return 'comment';
}

function readTemplate(stream: StringStream, state: State): string {
  for (let next = stream.next(); next !== undefined; next = stream.next()) {
    if (next === '\\') stream.next();
    else if (next === '`') {
      state.open.pop();
      state.atValue = false;
      return 'string';
    } else if (next === '$' && stream.eat('{')) {
      state.open.push('${');
      state.atValue = true;
      return 'string';
    }
  }
  return 'string';
}

function readWord(stream: StringStream, state: State): string | null {
  const word = stream.current();
  const isMember = state.afterDot;
  state.afterDot = false;
  state.atValue = !isMember && keywords.has(word) && word !== 'this' && word !== 'super';
  if (isMember) return 'propertyName';
  if (keywords.has(word)) return 'keyword';
  return atoms.has(word) ? 'atom' : 'variableName';
}

function readMark(stream: StringStream, state: State): string | null {
  const mark = stream.next()!;
  const isClosing = ')]}'.includes(mark);
  if ('([{'.includes(mark)) state.open.push(mark);
  else if (isClosing) state.open.pop();
  state.atValue = !isClosing;
  state.afterDot = mark === '.' && stream.peek() !== '.';
  return '()[]{}.,;'.includes(mark) ? null : 'operator';
}

function read(stream: StringStream, state: State): string | null {
  if (state.inComment) return readComment(stream, state);
  if (state.open.at(-1) === '`') return readTemplate(stream, state);
  if (stream.eatSpace()) return null;
  if (stream.match('//')) {
    stream.skipToEnd();
    return 'comment';
  }
  if (stream.match('/*')) return readComment(stream, state);
  if (state.atValue && stream.match(/^\/(?:[^\\/[]|\\.|\[(?:[^\]\\]|\\.)*\])+\/[a-z]*/)) {
    state.atValue = false;
    return 'regexp';
  }
  if (stream.match(/^(?:"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?)/)) {
    state.atValue = false;
    return 'string';
  }
  if (stream.match(/^(?:0[xob][\da-f_]+|\d[\d_]*(?:\.[\d_]*)?(?:e[+-]?\d+)?)n?/i)) {
    state.atValue = false;
    return 'number';
  }
  if (stream.match(/^[\p{L}$_#][\p{L}\p{N}$_]*/u)) return readWord(stream, state);
  if (stream.eat('`')) {
    state.open.push('`');
    return 'string';
  }
  return readMark(stream, state);
}

export const javascriptReader: StreamParser<State> = {
  name: 'javascript',
  startState: () => ({ inComment: false, open: [], atValue: true, afterDot: false }),
  copyState: (state) => ({ ...state, open: [...state.open] }),
  token: read,
  indent: (state, after, { unit }) =>
    unit * Math.max(0, state.open.filter((one) => one !== '`').length - (/^\s*[)\]}]/.test(after) ? 1 : 0)),
  languageData: {
    commentTokens: { line: '//', block: { open: '/*', close: '*/' } },
    closeBrackets: { brackets: ['(', '[', '{', "'", '"', '`'] },
    indentOnInput: /^\s*[)\]}]$/,
  },
};

export const javascriptLanguage = StreamLanguage.define(javascriptReader);
