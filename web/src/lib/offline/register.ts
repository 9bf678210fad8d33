// The service worker keeps the citizen screens usable without network; without it everything works, only not offline.
import { dev } from '$app/environment';

export function registerServiceWorker(): void {
  if (dev || !('serviceWorker' in navigator)) return;
  navigator.serviceWorker.register('/service-worker.js').catch(() => undefined);
}
