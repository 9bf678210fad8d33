// Weighs every screen of the build (gzipped, as sent) against the limits of the design, and the service worker's list. Prints a
// table; exit code 1 when one is over. Needs `npm run build` before.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { inBuild, screens } from './screens.mjs';

const web = join(dirname(fileURLToPath(import.meta.url)), '..');
const kKb = 1000;
const kLimitsKb = {
  citizen: { js: 60, css: 10 },
  officer: { js: 120, css: 20 },
  admin: { js: 120, css: 20 },
  // The component library is for developers; it loads every component.
  other: { js: 120, css: 20 }
};
const kFontsKbMax = 70;
const kPrecacheKbMax = 500;

/** @type {Map<string, number>} */
const weighed = new Map();
/** @param {string} name */
function weigh(name) {
  let bytes = weighed.get(name);
  if (bytes === undefined) {
    const content = readFileSync(inBuild(web, name));
    bytes = /\.(woff2|png|jpe?g)$/.test(name) ? content.length : gzipSync(content, { level: 9 }).length;
    weighed.set(name, bytes);
  }
  return bytes;
}
/** @param {string[]} names */
const sum = (names) => names.reduce((total, name) => total + weigh(name), 0);
/** @param {number} bytes */
const kb = (bytes) => (bytes / kKb).toFixed(1).padStart(6);

const boot = readdirSync(join(web, 'build/_app/immutable')).filter((name) => /^boot-.*\.js$/.test(name)).map((name) => `_app/immutable/${name}`);
let failed = 0;
let passed = 0;
/** @param {string} what @param {number} bytes @param {number} limitKb */
function judge(what, bytes, limitKb) {
  const over = bytes > limitKb * kKb;
  if (over) failed += 1;
  else passed += 1;
  return over ? `  OVER ${what}` : '';
}

console.log('KB gz:   JS (limit)   CSS (limit)   screen');
const all = screens(web).sort((a, b) => a.area.localeCompare(b.area) || a.route.localeCompare(b.route));
for (const screen of all) {
  const limit = kLimitsKb[screen.area];
  const js = sum([...boot, ...screen.files.filter((name) => name.endsWith('.js'))]);
  const css = sum(screen.files.filter((name) => name.endsWith('.css')));
  console.log(`      ${kb(js)} (${limit.js})  ${kb(css)} (${limit.css})   ${screen.route}${judge('JS', js, limit.js)}${judge('CSS', css, limit.css)}`);
}
const fonts = sum(readdirSync(join(web, 'build/_app/immutable/assets')).filter((name) => name.endsWith('.woff2')).map((name) => `_app/immutable/assets/${name}`));
console.log(`fonts      ${kb(fonts)} KB (${kFontsKbMax})${judge('fonts', fonts, kFontsKbMax)}`);
const precache = /** @type {string[]} */ (JSON.parse(readFileSync(inBuild(web, 'precache.json'), 'utf8')));
const kept = sum(precache.map((path) => path.slice(1)));
console.log(`kept offline ${kb(kept)} KB in ${precache.length} files (${kPrecacheKbMax})${judge('precache', kept, kPrecacheKbMax)}`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
