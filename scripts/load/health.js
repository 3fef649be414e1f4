// How fast the process answers when it does nothing else: GET /health, which touches no database.
//   k6 run -e BASE_URL=http://127.0.0.1:3000 scripts/load/health.js
//   node scripts/load/run.ts -e BASE_URL=http://127.0.0.1:3000 scripts/load/health.js
import http from 'k6/http';
import { check } from 'k6';

const base = __ENV.BASE_URL || 'http://127.0.0.1:3000';

export const options = {
  vus: 10,
  duration: '15s',
  thresholds: {
    http_req_failed: ['rate<0.001'],
    http_req_duration: ['p(95)<50', 'p(99)<150'],
    http_reqs: ['rate>200'],
    checks: ['rate==1'],
  },
};

export default function () {
  const answer = http.get(`${base}/health`);
  check(answer, { 'status is 200': (r) => r.status === 200 });
}
