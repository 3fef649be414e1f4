/** Every way to sign in that holds credentials can be tested. */
import { pointer, problem } from '../../problem.ts';
import type { Rule } from '../list-requests.ts';

export const checkTests: Rule = (connector) =>
  connector.auth.flatMap((auth, index) =>
    auth.type === 'NONE' || auth.test
      ? []
      : [
          problem(
            pointer('/auth', index, 'test'),
            'missing_key',
            '"test" is missing: name a request that works only with good credentials, such as "who am I".',
          ),
        ],
  );
