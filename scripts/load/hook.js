// How many incoming events are accepted, and that every accepted one becomes a run that succeeds.
// Makes its own workspace, connectionless workflow (webhook -> filter) and hook. Start the product with
// DEFAULT_PLAN=unlimited, else the quota of 100 runs an hour answers (correctly) with 429.
//   k6 run -e BASE_URL=http://127.0.0.1:3000 scripts/load/hook.js
//   node scripts/load/run.ts -e BASE_URL=http://127.0.0.1:3000 scripts/load/hook.js
import http from 'k6/http';
import { check, fail, sleep } from 'k6';
import exec from 'k6/execution';
import { Gauge } from 'k6/metrics';

const base = __ENV.BASE_URL || 'http://127.0.0.1:3000';
const api = `${base}/api/v1`;
const unfinishedRuns = new Gauge('unfinished_runs');
const longestDrainSeconds = 60;

export const options = {
  stages: [
    { duration: '5s', target: 20 },
    { duration: '20s', target: 20 },
  ],
  thresholds: {
    'http_req_duration{name:hook}': ['p(95)<250', 'p(99)<1000'],
    'http_req_failed{name:hook}': ['rate<0.001'],
    'http_reqs{name:hook}': ['rate>50'],
    checks: ['rate==1'],
    unfinished_runs: ['value==0'],
  },
};

function send(method, path, body, token) {
  const headers = { 'content-type': 'application/json' };
  if (token) headers.authorization = `Bearer ${token}`;
  const answer = http.request(method, `${api}${path}`, body ? JSON.stringify(body) : null, { headers });
  if (answer.status < 200 || answer.status > 299) fail(`${method} ${path}: ${answer.status} ${answer.body}`);
  return answer.json();
}

export function setup() {
  const mark = `${Date.now()}-${Math.floor(Math.random() * 1e6)}`;
  const { tenant, accessToken: token } = send('POST', '/auth/register', {
    email: `load-${mark}@example.com`,
    password: `Load-${mark}-password`,
    name: 'Load test',
    tenantName: `Load test ${mark}`,
  });
  const home = `/tenants/${tenant.id}`;
  const definition = {
    format: 'workflow/1',
    name: 'Load test',
    trigger: { kind: 'webhook' },
    steps: [{ id: 'even', kind: 'filter', condition: '{{trigger.output.body.number >= 0}}' }],
  };
  const { id } = send('POST', `${home}/workflows`, { name: 'Load test', definition }, token);
  send('POST', `${home}/workflows/${id}/publish`, {}, token);
  send('POST', `${home}/workflows/${id}/enable`, {}, token);
  const { trigger } = send('GET', `${home}/workflows/${id}`, null, token);
  return { home, id, token, hook: trigger.hookUrl.replace(/^https?:\/\/[^/]+/, '') };
}

export default function (data) {
  const number = exec.vu.iterationInInstance;
  const headers = { 'content-type': 'application/json', 'webhook-id': `${exec.vu.idInTest}-${number}` };
  const answer = http.post(`${base}${data.hook}`, JSON.stringify({ number }), {
    headers,
    tags: { name: 'hook' },
  });
  check(answer, { 'accepted with a run': (r) => r.status === 202 && Boolean(r.json('runId')) });
}

// Accepted is a promise: the test is over when nothing is left to do.
export function teardown({ home, id, token }) {
  let left = 1;
  for (let second = 0; second < longestDrainSeconds && left > 0; second += 1) {
    left = 0;
    for (const status of ['queued', 'running', 'waiting', 'failed']) {
      left += send('GET', `${home}/runs?workflowId=${id}&status=${status}`, null, token).data.length;
    }
    if (left > 0) sleep(1);
  }
  unfinishedRuns.add(left);
}
