// Rewrites the built shell page so that it holds no inline script and starts loading the four font files at once, which the page
// would otherwise ask for only after its scripts had run.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { lazyFiles, screens } from './screens.mjs';

/** @param {string} page path of the shell page inside the build folder */
export function finishShell(page) {
  const root = dirname(page);
  let html = readFileSync(page, 'utf8');
  let scripts = 0;
  html = html.replace(/<script>([\s\S]*?)<\/script>/g, (_all, body) => {
    scripts += 1;
    const name = `boot-${createHash('sha256').update(body).digest('hex').slice(0, 12)}.js`;
    writeFileSync(join(root, '_app', 'immutable', name), body);
    // A classic script, so that document.currentScript still names the element the application starts in.
    return `<script src="/_app/immutable/${name}"></script>`;
  });
  if (scripts !== 1) throw new Error(`shell page: expected one inline script, found ${scripts}`);
  if (/\sstyle=|<style|\son[a-z]+=/.test(html)) throw new Error('shell page: inline style or handler left');

  const assets = readdirSync(join(root, '_app', 'immutable', 'assets'));
  const fonts = assets.filter((name) => name.endsWith('.woff2'));
  const texts = assets.find((name) => /^vi\.(?!officer).*\.json$/.test(name));
  if (!texts) throw new Error('shell page: the Vietnamese texts are not in the build');
  const links = fonts.map((name) => `<link rel="preload" as="font" type="font/woff2" crossorigin href="/_app/immutable/assets/${name}">`);
  links.unshift(`<link rel="preload" as="fetch" crossorigin href="/_app/immutable/assets/${texts}">`);
  writeFileSync(page, html.replace('</head>', `${links.join('\n')}\n</head>`));
}

/**
 * Writes precache.json: what the service worker keeps so that the citizen screens work without network.
 * @param {string} web the web folder
 * @param {string} build the build folder
 */
export function writePrecache(web, build) {
  const citizen = screens(web).filter((screen) => screen.area === 'citizen');
  const files = new Set(citizen.flatMap((screen) => [...screen.files, ...lazyFiles(web, screen.files)]));
  const boot = readdirSync(join(build, '_app', 'immutable')).filter((name) => /^boot-.*\.js$/.test(name)).map((name) => `_app/immutable/${name}`);
  const texts = readdirSync(join(build, '_app', 'immutable', 'assets')).filter((name) => /^(vi|en)\.(?!officer).*\.json$/.test(name)).map((name) => `_app/immutable/assets/${name}`);
  const paths = [...new Set(['index.html', 'favicon.svg', 'manifest.webmanifest', ...boot, ...texts, ...[...files].sort()])];
  writeFileSync(join(build, 'precache.json'), JSON.stringify(paths.map((path) => `/${path}`), null, 1) + '\n');
}
