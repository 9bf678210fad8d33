// Whether the browser believes it has a network.
const state = $state({ online: typeof navigator === 'undefined' ? true : navigator.onLine });
export const connection = state;

if (typeof addEventListener === 'function') {
  addEventListener('online', () => (state.online = true));
  addEventListener('offline', () => (state.online = false));
}
