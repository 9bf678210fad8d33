// Which files each screen of the build loads, read from Vite's manifest: for the budget and for the service worker's list.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const kEntries = ['node_modules/@sveltejs/kit/src/runtime/client/entry.js', '.svelte-kit/generated/client-optimized/app.js'];

/** @typedef {{ route: string, area: 'citizen' | 'officer' | 'admin' | 'other', files: string[] }} Screen */

/**
 * @param {string} web the web folder
 * @returns {Screen[]}
 */
export function screens(web) {
  const manifest = JSON.parse(readFileSync(join(web, '.svelte-kit/output/client/.vite/manifest.json'), 'utf8'));
  const app = readFileSync(join(web, '.svelte-kit/generated/client-optimized/app.js'), 'utf8');

  /** Files of one chunk and of all it imports statically. @param {string} key @param {Set<string>} out */
  const collect = (key, out) => {
    const chunk = manifest[key];
    if (!chunk || out.has(chunk.file)) return;
    out.add(chunk.file);
    for (const css of chunk.css ?? []) out.add(css);
    for (const asset of chunk.assets ?? []) out.add(asset);
    for (const inner of chunk.imports ?? []) collect(inner, out);
  };
  const entries = kEntries.map((name) => Object.keys(manifest).find((key) => key.endsWith(name.replace(/^node_modules\//, ''))) ?? name);

  const start = app.indexOf('export const dictionary = {');
  const dictionary = app.slice(start, app.indexOf('};', start));
  const found = [];
  for (const [, route, list] of dictionary.matchAll(/"([^"]+)": \[([^[\]]*(?:\[[^\]]*\][^[\]]*)*)\]/g)) {
    // [leaf, [layouts], [errors]]; ~ marks a node with a server part. Node 0 is the root layout.
    const nodes = new Set(['0', ...(list ?? '').matchAll(/\d+/g)].map(String));
    const files = new Set();
    for (const entry of entries) collect(entry, files);
    for (const node of nodes) collect(`.svelte-kit/generated/client-optimized/nodes/${node}.js`, files);
    const area = /\(citizen\)/.test(route) ? 'citizen' : /\(officer\)/.test(route) ? 'officer' : /\(admin\)/.test(route) ? 'admin' : 'other';
    found.push({ route, area, files: [...files] });
  }
  if (!found.length) throw new Error('no screens found in the build');
  return found;
}

/** Files of chunks loaded later by the given ones (dynamic imports), with all they import. @param {string} web @param {string[]} files */
export function lazyFiles(web, files) {
  const manifest = JSON.parse(readFileSync(join(web, '.svelte-kit/output/client/.vite/manifest.json'), 'utf8'));
  const byFile = new Map(Object.entries(manifest).map(([key, chunk]) => [chunk.file, key]));
  const out = new Set();
  /** @param {string} key */
  const add = (key) => {
    const chunk = manifest[key];
    if (!chunk || out.has(chunk.file)) return;
    out.add(chunk.file);
    for (const css of chunk.css ?? []) out.add(css);
    for (const inner of chunk.imports ?? []) add(inner);
  };
  for (const file of files) for (const key of manifest[byFile.get(file) ?? '']?.dynamicImports ?? []) if (!/client-optimized\/nodes\//.test(key)) add(key);
  return [...out];
}

/** @param {string} web @param {string} name */
export function inBuild(web, name) {
  const path = join(web, 'build', name);
  if (!existsSync(path)) throw new Error(`missing in the build: ${name}`);
  return path;
}
