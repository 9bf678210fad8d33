import adapterStatic from '@sveltejs/adapter-static';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';
import { finishShell, writePrecache } from './tools/shell.mjs';

const inner = adapterStatic({ pages: 'build', assets: 'build', fallback: 'index.html', precompress: true, strict: true });

/**
 * The static adapter, with one change: the shell page it writes holds an inline start script, which our Content-Security-Policy
 * (script-src 'self') refuses. finishShell moves it into a file before the adapter compresses the folder.
 * @type {import('@sveltejs/kit').Adapter}
 */
const adapter = {
  name: 'static-without-inline-script',
  async adapt(builder) {
    const generateFallback = builder.generateFallback.bind(builder);
    builder.generateFallback = async (destination) => {
      await generateFallback(destination);
      finishShell(destination);
      writePrecache('.', 'build');
    };
    await inner.adapt(builder);
  }
};

/** @type {import('@sveltejs/kit').Config} */
export default {
  preprocess: vitePreprocess(),
  compilerOptions: { runes: true },
  kit: {
    adapter,
    // Registered by hand in src/lib/offline/register.ts, after the first page is up.
    serviceWorker: { register: false },
    alias: { $messages: 'messages' },
    paths: { relative: false },
    version: { pollInterval: 0 }
  }
};
