/// <reference types="@sveltejs/kit" />
/// <reference no-default-lib="true"/>
/// <reference lib="esnext" />
/// <reference lib="webworker" />
// Keeps the citizen screens usable without network: the shell, its scripts, styles and fonts (precache.json, written by the build,
// at most 500 KB). Answers of the server are never kept here; drafts, the outbox and the list of communes are in IndexedDB.
import { version } from '$service-worker';

const worker = self as unknown as ServiceWorkerGlobalScope;
const kCache = `shell-${version}`;
const kShell = '/index.html';

async function install(): Promise<void> {
  const cache = await caches.open(kCache);
  const paths = (await (await fetch('/precache.json', { cache: 'no-cache' })).json()) as string[];
  await cache.addAll([...new Set(paths)]);
  await worker.skipWaiting();
}

async function activate(): Promise<void> {
  for (const name of await caches.keys()) if (name !== kCache) await caches.delete(name);
  await worker.clients.claim();
}

async function page(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch {
    return (await caches.match(kShell)) ?? Response.error();
  }
}

async function asset(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? fetch(request);
}

worker.addEventListener('install', (event) => event.waitUntil(install()));
worker.addEventListener('activate', (event) => event.waitUntil(activate()));
worker.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== worker.location.origin || url.pathname.startsWith('/api/')) return;
  if (event.request.mode === 'navigate') event.respondWith(page(event.request));
  else if (url.pathname.startsWith('/_app/') || url.pathname === '/favicon.svg') event.respondWith(asset(event.request));
});
