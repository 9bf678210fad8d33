import { sveltekit } from '@sveltejs/kit/vite';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

// Development only: where the server listens, so that `npm run dev` shows real data.
const server = process.env.TINHSO_URL ?? 'http://localhost:8080';

// SvelteKit's route announcer carries an inline style, which style-src 'self' refuses; app.css hides it by its id instead.
const announcerWithoutStyle: Plugin = {
  name: 'announcer-without-style',
  enforce: 'pre',
  transform(code, id) {
    if (!id.endsWith('/generated/root.svelte')) return;
    return code.replace(/(id="svelte-announcer"[^>]*?) style="[^"]*"/, '$1');
  }
};

// What every screen loads is one file: 4 KB (gzipped) less than two dozen small ones with their lists of each other.
const kOnEveryScreen = /node_modules\/(svelte|@sveltejs\/kit|esm-env|clsx)\/|src\/lib\/(api\/client|session|text\/(i18n|format|size)|ui\/(Icon|icons|Button|Link|Header|SkipLink|Toasts|toasts))|vite\/preload|rolldown\/runtime/;

export default defineConfig({
  plugins: [announcerWithoutStyle, sveltekit()],
  build: {
    target: 'es2022',
    manifest: true,
    assetsInlineLimit: 0,
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'base', test: kOnEveryScreen }] } } }
  },
  server: { proxy: { '/api': server } },
  test: { include: ['src/**/*.test.ts'], environment: 'node' }
});
