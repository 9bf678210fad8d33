// The structure check: what the compiler cannot hold. One line per broken rule; ends with "N passed, N failed".
import { readFileSync, readdirSync, existsSync, statSync } from 'node:fs';
import { join, dirname, relative, basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execFileSync } from 'node:child_process';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const layers = ['base', 'kernel', 'engines', 'features', 'app'];
const read = (path) => readFileSync(join(root, path), 'utf8');

// Files git tracks or would track, so that build folders and data stay out.
const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
  .split('\n').filter((f) => f && existsSync(join(root, f)) && statSync(join(root, f)).isFile());
const cpp = files.filter((f) => /\.(cc|h)$/.test(f) && layers.includes(f.split('/')[0]));
const product = cpp.filter((f) => !/_test\.cc$|_testing|\/(fixture|testing|\w+_fixture)\.h$/.test(f));

let passed = 0;
const failures = [];
function rule(name, problems) {
  if (problems.length === 0) { passed++; return; }
  failures.push(name);
  console.log(`✗ ${name}`);
  for (const p of problems.slice(0, 40)) console.log(`    ${p}`);
  if (problems.length > 40) console.log(`    … ${problems.length - 40} more`);
}
const stripComments = (text) => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[^:"])\/\/[^\n]*/g, '$1');

// --- modules and their declared dependencies, read from CMake ---
const modules = new Map();
for (const f of files.filter((f) => basename(f) === 'CMakeLists.txt')) {
  for (const call of read(f).matchAll(/tinhso_module\(([\s\S]*?)\n?\)/g)) {
    const words = call[1].replace(/#[^\n]*/g, '').split(/\s+/).filter(Boolean);
    const lists = {};
    let key = '';
    for (const w of words) {
      if (/^[A-Z_]+$/.test(w)) { key = w; lists[key] ??= []; } else (lists[key] ??= []).push(w);
    }
    if (lists.NAME) modules.set(lists.NAME[0], lists);
  }
}
const moduleOf = (f) => {
  const parts = f.split('/');
  return parts[0] === 'base' || parts[0] === 'app' ? parts[0] : `${parts[0]}/${parts[1]}`;
};

rule('includes name only declared modules, and layers point down', cpp.flatMap((f) => {
  const own = moduleOf(f);
  const lists = modules.get(own);
  const out = [];
  for (const m of read(f).matchAll(/^#include "((base|kernel|engines|features|app)\/[^"]+)"/gm)) {
    const other = moduleOf(m[1]);
    if (other === own) continue;
    if (layers.indexOf(other.split('/')[0]) > layers.indexOf(own.split('/')[0])) out.push(`${f}: ${m[1]} points up`);
    if (!lists || own === 'app') continue;
    const declared = new Set();
    const visit = (name, all) => {
      const l = modules.get(name);
      for (const d of [...(l?.DEPS ?? []), ...(all ? [...(l?.PRIVATE_DEPS ?? []), ...(l?.TEST_DEPS ?? [])] : [])])
        if (!declared.has(d)) { declared.add(d); visit(d, false); }
    };
    visit(own, true);
    if (!declared.has(other)) out.push(`${f}: ${m[1]} is of ${other}, which ${own} does not declare`);
  }
  return out;
}));

rule('no cycles between modules', (() => {
  const out = [];
  const state = new Map();
  const visit = (name, path) => {
    if (state.get(name) === 2) return;
    if (state.get(name) === 1) { out.push([...path, name].join(' → ')); return; }
    state.set(name, 1);
    const l = modules.get(name);
    for (const d of [...(l?.DEPS ?? []), ...(l?.PRIVATE_DEPS ?? [])]) visit(d, [...path, name]);
    state.set(name, 2);
  };
  for (const name of modules.keys()) visit(name, []);
  return out;
})());

rule('SQL stands only in store*.cc and kernel/db', product
  .filter((f) => !/\/store[a-z_]*\.cc$/.test(f) && !f.startsWith('kernel/db'))
  .filter((f) => /\bdb::Sql\s+k|"(SELECT|INSERT INTO|UPDATE|DELETE FROM) /.test(stripComments(read(f)))));

rule('the clock is read only in base/clock.cc', product
  .filter((f) => f !== 'base/clock.cc')
  .filter((f) => /system_clock|\btime\((nullptr|NULL|0)\)|gettimeofday|clock_gettime|localtime/.test(stripComments(read(f)))));

rule('migrations are numbered 1, 2, 3 … in each module', [...new Set(files.filter((f) => /\/migrations\/.*\.sql$/.test(f)).map((f) => dirname(f)))]
  .flatMap((dir) => readdirSync(join(root, dir)).filter((n) => n.endsWith('.sql')).sort()
    .flatMap((n, i) => (new RegExp(`^${String(i + 1).padStart(4, '0')}_[a-z0-9_]+\\.sql$`).test(n) ? [] : [`${dir}/${n}`]))));

rule('migrations use BIGINT, INTEGER and TEXT only; authority_id comes first in keys of a unit\'s data', files
  .filter((f) => /\/migrations\/.*\.sql$/.test(f)).flatMap((f) => {
    const out = [];
    const sql = read(f).replace(/--[^\n]*/g, '');
    if (/\b(SERIAL|BOOLEAN|TIMESTAMP|DATE|JSONB?|REAL|NUMERIC|VARCHAR|AUTOINCREMENT|TRIGGER|SEQUENCE|BLOB|BYTEA)\b/i.test(sql)) out.push(`${f}: a type or object outside the rules`);
    for (const t of sql.matchAll(/CREATE TABLE (?:IF NOT EXISTS )?(\w+) \(([\s\S]*?)\n\)/g)) {
      if (!/\bauthority_id\b/.test(t[2]) || /(person|account)_id BIGINT NOT NULL,\s/.test(t[2].trimStart().slice(0, 30))) continue;
      const pk = /PRIMARY KEY \(([^)]*)\)/.exec(t[2]);
      if (pk && !pk[1].trim().startsWith('authority_id')) out.push(`${f}: ${t[1]}: PRIMARY KEY (${pk[1]})`);
    }
    return out;
  }));

// Half of the promise would go untested. Each exception names why one engine is enough, or how the other is reached.
const oneEngine = new Map([
  ['kernel/db/sqlite_test.cc', 'what only SQLite promises'],
  ['kernel/db/power_cut_test.cc', 'the disk under SQLite'],
  ['kernel/db/postgres_test.cc', 'what only PostgreSQL promises'],
  ['kernel/db/postgres_faults_test.cc', 'the network before PostgreSQL'],
  ['app/power_cut_test.cc', 'the disk under SQLite'],
  ['app/program_test.cc', 'the program itself: the api, crash and cluster suites run it on PostgreSQL'],
]);
rule('every test that touches data runs on both engines', files.filter((f) => /_test\.cc$/.test(f) && !oneEngine.has(f)).flatMap((f) => {
  // With the fixtures of its own folder, which may hold the database.
  const text = read(f) + [...read(f).matchAll(/^#include "(\w+\.h)"/gm)].map((m) => join(dirname(f), m[1])).filter((h) => files.includes(h)).map(read).join('');
  if (!/db_testing::|\bPlatform::Open\(|\bDatabase::Open\(/.test(text)) return [];
  const out = [];
  const fixtures = [...text.matchAll(/class (\w+) : public (?:\w+::)*(\w+)/g)];
  const data = new Set(['DbTest']);
  for (let i = 0; i < 3; i++) for (const [, name, base] of fixtures) if (data.has(base)) data.add(name);
  const both = new Set([...text.matchAll(/TINHSO_ON_BOTH_ENGINES\((\w+)\)/g)].map((m) => m[1]));
  for (const [, kind, fixture] of read(f).matchAll(/^(TEST_P|TEST_F)\((\w+),/gm)) {
    if (data.has(fixture) && (kind !== 'TEST_P' || !both.has(fixture))) out.push(`${f}: ${fixture} has no TINHSO_ON_BOTH_ENGINES`);
  }
  if (data.size === 1) out.push(`${f}: opens a database without db_testing::DbTest`);
  return [...new Set(out)];
}));
rule('the exceptions of the engines rule exist', [...oneEngine.keys()].filter((f) => !files.includes(f)));

// --- error reasons have texts ---
const vi = JSON.parse(read('web/messages/vi.json'));
const en = JSON.parse(read('web/messages/en.json'));
const flat = (o, p = '') => Object.entries(o).flatMap(([k, v]) => (typeof v === 'object' ? flat(v, `${p}${k}.`) : [`${p}${k}`]));
const viKeys = new Set(flat(vi)), enKeys = new Set(flat(en));
const reasons = new Map();
for (const f of product.filter((f) => !f.startsWith('fuzz'))) {
  const text = stripComments(read(f));
  const add = (r) => { if (/^[a-z][a-z0-9]*(_[a-z0-9]+)+$/.test(r)) reasons.set(r, f); };
  for (const m of text.matchAll(/ErrorCode::k\w+\s*,\s*"([a-z0-9_]+)"/g)) add(m[1]);
  for (const m of text.matchAll(/FieldInvalid\([^;]*?,\s*"([a-z0-9_]+)"/g)) add(m[1]);
  for (const m of text.matchAll(/\.Fail\("[^"]*",\s*"([a-z0-9_]+)"/g)) add(m[1]);
  for (const m of text.matchAll(/fields\.push_back\(\{[^;]*?,\s*"([a-z0-9_]+)",\s*(?:""|[a-z])/g)) add(m[1]);
}
const internal = /^(db_|schema_|procedure_(record|field|name|code_malformed|version)|day_kind_|time_unit_|migration_|yaml_|pack_|form_invalid|workflow_invalid|template_|import_|audit_|secret_|seal_|print_|outbound_|config_|hex_|base64_|synonyms_|units_|calendar_|accounts_|data_|listen_|file_store|server_|job_|openapi_|demo_|backup_|restore_|administrator_exists)/;
// What only officers can meet stands with their texts, which a citizen's screen does not load.
const explained = (language) => new Set([`${language}.json`, `${language}.officer.json`].flatMap((name) => flat(JSON.parse(read(`web/messages/${name}`)))));
rule('every error reason has a Vietnamese and an English text', ['vi', 'en'].flatMap((language) => {
  const keys = explained(language);
  return [...reasons].filter(([r]) => !internal.test(r) && !keys.has(`error.${r}`)).map(([r, f]) => `${language}: error.${r} (${f})`);
}));
rule('both languages have the same texts', [
  ...[...viKeys].filter((k) => !enKeys.has(k)).map((k) => `en lacks ${k}`),
  // English has a singular ("…_one") where Vietnamese has none.
  ...[...enKeys].filter((k) => !viKeys.has(k) && !k.endsWith('_one')).map((k) => `vi lacks ${k}`)]);
rule('Vietnamese texts are accented', flat(vi).filter((k) => {
  const value = k.split('.').reduce((o, p) => o?.[p], vi) ?? vi[k];
  return typeof value === 'string' && /\b(khong|duoc|ho so|thu tuc|nguoi|dang|chua|hoac|ngay lam viec)\b/i.test(value);
}));

rule('no province or agency is named in code', files
  .filter((f) => /^(base|kernel|engines|features|app|web\/src)\//.test(f) && /\.(cc|h|ts|svelte)$/.test(f) && !/_test\.|\.test\.|\/(fixture|testing|\w+_fixture)\.h$/.test(f))
  .flatMap((f) => stripComments(read(f)).split('\n').flatMap((line, i) => (/Cà Mau|Bạc Liêu|An Xuyên|"H12\b/.test(line) ? [`${f}:${i + 1}`] : []))));

// Over 600 lines needs a reason; each exception names it.
const longFiles = new Map([
  ['api/openapi.yaml', 'one contract, one file'],
]);
rule('no file over 600 lines without a reason', files
  .filter((f) => /\.(cc|h|ts|svelte|mjs|sh|cmake|css)$/.test(f) && !longFiles.has(f))
  .flatMap((f) => { const n = read(f).split('\n').length; return n > 600 ? [`${f}: ${n}`] : []; }));

rule('citizen screens import nothing of the officer\'s; lib imports no route', files
  .filter((f) => /^web\/src\/.*\.(ts|svelte)$/.test(f)).flatMap((f) => {
    const text = read(f);
    const out = [];
    if (f.startsWith('web/src/routes/(citizen)') && /from '[^']*(officer|admin)/.test(text)) out.push(f);
    if (f.startsWith('web/src/lib/') && /from '[^']*routes\//.test(text)) out.push(f);
    return out;
  }));

rule('lock files name no host', files.filter((f) => /package-lock\.json$/.test(f) && /"resolved": "http/.test(read(f))));

rule('every operation of the contract names its permission', (() => {
  const out = [];
  const lines = read('api/openapi.yaml').split('\n');
  let path = '';
  for (let i = 0; i < lines.length; i++) {
    const p = /^ {2}(\/\S*):/.exec(lines[i]);
    if (p) path = p[1];
    if (/^components:/.test(lines[i])) break;
    const op = /^ {4}(get|post|put|patch|delete):/.exec(lines[i]);
    if (op && !/x-permission:/.test(lines[i] + (lines[i + 1] ?? ''))) out.push(`${op[1]} ${path}`);
  }
  return out;
})());

// Every bound has a name in the code and stands, with what happens at it, in one document.
const limitsPage = read('docs/operations/limits.md');
rule('every named limit stands in docs/operations/limits.md', product.flatMap((f) => {
  const text = stripComments(read(f));
  const names = [...text.matchAll(/\bconstexpr\s[^;]*;/g)].flatMap((one) => [...one[0].matchAll(/\b(k[A-Z]\w*Max\w*)\s*=/g)].map((m) => m[1]));
  const options = /\/http\.h$/.test(f) ? [...text.matchAll(/\b(\w+_(?:max|timeout_s|per_minute))\s*=/g)].map((m) => m[1]) : [];
  return [...names, ...options].filter((name) => !new RegExp(`\`${name}\``).test(limitsPage)).map((name) => `${f}: ${name}`);
}));

rule('every fuzz target has a corpus', files.filter((f) => /^fuzz\/fuzz_\w+\.cc$/.test(f))
  .filter((f) => !files.some((g) => g.startsWith(`fuzz/corpus/${basename(f, '.cc')}/`))));

rule('ADRs are numbered without gaps', readdirSync(join(root, 'docs/adr')).filter((n) => n.endsWith('.md')).sort()
  .flatMap((n, i) => (n.startsWith(String(i + 1).padStart(4, '0') + '-') ? [] : [n])));

console.log(`\n${passed} passed, ${failures.length} failed`);
process.exit(failures.length ? 1 : 0);
