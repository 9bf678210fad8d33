// Runs one suite against the built program: node tests/run.mjs api | operations | crash | faults [--postgres], cluster, e2e; each with [--grep TEXT].
// The last line is "N passed, N failed"; the exit code is 1 when anything failed.
import { cleanUp } from './lib/server.mjs';
import { run } from './lib/runner.mjs';

const suites = {
  api: [
    './api/main-job.mjs',
    './api/permissions.mjs',
    './api/delegation.mjs',
    './api/handing.mjs',
    './api/joint.mjs',
    './api/day.mjs',
    './api/any_desk.mjs',
    './api/consult.mjs',
    './api/reports.mjs',
    './api/counter.mjs',
    './api/complaints.mjs',
    './api/calendar.mjs',
    './api/permission_matrix.mjs',
    './api/sessions.mjs',
    './api/bad-input.mjs',
    './api/protocol.mjs',
    './api/edges.mjs',
    './api/audit.mjs',
    './api/live.mjs',
    './api/mail.mjs',
    './api/units.mjs',
    './api/persons.mjs',
    './api/payments.mjs',
    './api/portal.mjs',
    './api/authentication.mjs',
    './api/routes.mjs'
  ],
  operations: [
    './operations/backup.mjs',
    './operations/upgrade.mjs',
    './operations/logs.mjs'
  ],
  crash: [
    './crash/crash.mjs',
    './crash/merger.mjs'
  ],
  faults: [
    './faults/slow.mjs',
    './faults/storage.mjs',
    './faults/clock.mjs'
  ],
  cluster: [
    './cluster/two-servers.mjs',
    './cluster/network.mjs',
    './cluster/move.mjs'
  ],
  e2e: [
    './e2e/story.mjs',
    './e2e/joint.mjs',
    './e2e/live.mjs',
    './e2e/notices.mjs',
    './e2e/payments.mjs',
    './e2e/units.mjs',
    './e2e/persons.mjs',
    './e2e/figures.mjs',
    './e2e/day.mjs',
    './e2e/complaints.mjs',
    './e2e/any_desk.mjs',
    './e2e/consult.mjs',
    './e2e/calendar.mjs',
    './e2e/security.mjs',
    './e2e/screens.mjs',
    './e2e/citizen.mjs',
    './e2e/keyboard.mjs',
    './e2e/admin.mjs',
    './e2e/portal.mjs',
    './e2e/delegation.mjs',
    './e2e/hands.mjs',
    './e2e/csp.mjs'
  ]
};
const words = process.argv.slice(2);
const at = words.indexOf('--grep');
const grep = at >= 0 ? words.splice(at, 2)[1] : '';
const postgres = words.includes('--postgres');
const [suite] = words;
if (!suites[suite]) {
  console.error('node tests/run.mjs api | operations | crash | faults [--postgres], cluster, e2e; each with [--grep TEXT]');
  process.exit(2);
}
for (const signal of ['SIGINT', 'SIGTERM'])
  process.on(signal, () => {
    cleanUp();
    process.exit(1);
  });
process.env.TINHSO_TESTS_ON = postgres || suite === 'cluster' ? 'postgres' : 'sqlite';
const failed = await run(suites[suite], grep);
process.exit(failed ? 1 : 0);
