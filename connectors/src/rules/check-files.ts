/** Files are kept by actions alone: a test, a source or a trigger has nobody who could fetch them. */
import { problem, type Problem } from '../problem.ts';
import { listRequests, type Rule } from './list-requests.ts';

export const checkFiles: Rule = (connector) =>
  listRequests(connector).flatMap(({ request, path, action, owner }): Problem[] => {
    if (request.responseFormat !== 'file') return [];
    const at = `${path}/responseFormat`;
    if (action === undefined && owner === undefined)
      return [problem(at, 'wrong_value', 'Only an action can keep a file; take "responseFormat" out.')];
    if (action?.pagination !== undefined && action.pagination.type !== 'none')
      return [problem(at, 'wrong_value', 'A file is no list in pages; take "pagination" or "file" out.')];
    return [];
  });
