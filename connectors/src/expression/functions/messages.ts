import type { JsonObject } from '../../json.ts';
import { argument, type ExpressionFunction } from './define.ts';
import { htmlToText } from './html-to-text.ts';
import { writeMessage } from './write-message.ts';

/** Functions that write and read what people send each other. */
export const messageFunctions: ExpressionFunction[] = [
  {
    name: 'htmlToText',
    group: 'text',
    description:
      'The text of HTML as a person reads it, in lines; scripts and styles are left out. It is for reading and does not make HTML safe.',
    arguments: [argument('html', 'text', 'HTML, a whole page or a part.')],
    returns: 'text',
    example: {
      expression: 'htmlToText("<p>Hello <b>Ada</b> &amp; all</p><ul><li>One</li></ul>")',
      result: 'Hello Ada & all\n\n- One',
    },
    run: ([html], budget) => htmlToText(html as string, budget),
  },
  {
    name: 'mime',
    group: 'encodings',
    description:
      'An e-mail as services take it whole (RFC 5322), mostly inside base64url(). Texts outside ASCII are encoded; line breaks in headers are refused.',
    arguments: [
      argument(
        'message',
        'object',
        'An object with from, to, cc, bcc, replyTo (a text or a list), subject, text, html, inReplyTo, references, and attachments, a list of { fileName, contentType, base64 }.',
      ),
    ],
    returns: 'text',
    example: {
      expression: 'mime(parseJson(\'{"to": "ada@example.com", "subject": "Hi", "text": "Hello"}\'))',
      result:
        'To: ada@example.com\r\nSubject: Hi\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\n\r\nSGVsbG8=',
    },
    run: ([message], budget) => writeMessage(message as JsonObject, budget),
  },
];
