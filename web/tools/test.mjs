// Everything that tests the web application without a server: types, unit tests, budgets of the last build.
// Ends with "N passed, N failed".
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const web = join(dirname(fileURLToPath(import.meta.url)), '..');
const bin = (name) => join(web, 'node_modules', '.bin', name);
let passed = 0;
let failed = 0;

function run(what, command, args) {
  const result = spawnSync(command, args, { cwd: web, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  const ok = result.status === 0;
  if (!ok) console.log(`--- ${what}\n${result.stdout}${result.stderr}`);
  return { ok, out: result.stdout };
}

execFileSync('npm', ['run', '--silent', 'api'], { cwd: web, stdio: 'inherit' });
execFileSync(bin('svelte-kit'), ['sync'], { cwd: web, stdio: 'inherit' });
if (run('svelte-check', bin('svelte-check'), ['--tsconfig', './tsconfig.json', '--fail-on-warnings']).ok) passed += 1;
else failed += 1;

const folder = mkdtempSync(join(tmpdir(), 'tinhso-web-'));
const report = join(folder, 'vitest.json');
const unit = run('vitest', bin('vitest'), ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]);
try {
  const counts = JSON.parse(readFileSync(report, 'utf8'));
  passed += counts.numPassedTests;
  failed += counts.numFailedTests;
  if (!unit.ok && counts.numFailedTests === 0) failed += 1;
} catch {
  failed += 1;
}
rmSync(folder, { recursive: true, force: true });

const budget = run('budget', process.execPath, ['tools/budget.mjs']);
const line = /^(\d+) passed, (\d+) failed$/m.exec(budget.out);
passed += Number(line?.[1] ?? 0);
failed += Number(line?.[2] ?? 1);

console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
