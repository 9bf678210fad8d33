// What happens elsewhere, heard as it happens. One stream serves all tabs of a browser (browsers allow six connections to a host): the
// tab that holds the lock listens and tells the others; when it closes, the next one takes over. A stream that cannot be had is said
// so ("lost"), tried again every minute, and the screens ask for themselves meanwhile.
import type { Schemas } from '$lib/api/client';

type Heard =
  | { name: 'hello'; unread: number }
  | { name: 'notice'; notice: Schemas['Notice']; unread: number }
  | { name: 'inbox' | 'reset' | 'lost' };

const kName = 'tinhso.live';
const kRenew = 'renew';
const kAgainMs = 60_000;
const kEvents = ['hello', 'notice', 'inbox', 'reset'] as const;

/** Sent on the window when the list of work may have changed. */
export const kInboxEvent = 'tinhso:inbox';

/** Calls back with everything heard until the returned function is called. */
export function listen(onheard: (heard: Heard) => void): () => void {
  const stop = new AbortController();
  const others = 'BroadcastChannel' in self ? new BroadcastChannel(kName) : null;
  let renew = () => {};
  const tell = (heard: Heard) => {
    onheard(heard);
    others?.postMessage(heard);
  };
  others?.addEventListener('message', ({ data }: MessageEvent<Heard | typeof kRenew>) => (data === kRenew ? renew() : onheard(data)));

  const lead = () =>
    new Promise<void>((done) => {
      let source: EventSource;
      let timer: ReturnType<typeof setTimeout> | undefined;
      const open = () => {
        source = new EventSource('/api/v1/events');
        for (const name of kEvents) source.addEventListener(name, (event) => tell({ name, ...(JSON.parse((event as MessageEvent<string>).data) as object) } as Heard));
        source.onerror = () => {
          if (source.readyState !== EventSource.CLOSED) return; // it comes back by itself
          tell({ name: 'lost' });
          timer = setTimeout(open, kAgainMs);
        };
      };
      renew = () => {
        clearTimeout(timer);
        source.close();
        open();
      };
      stop.signal.addEventListener('abort', () => {
        renew = () => {};
        clearTimeout(timer);
        source.close();
        done();
      });
      open();
    });
  // Locks are missing on plain-http hosts other than localhost: each tab then listens for itself.
  if (others && 'locks' in navigator) navigator.locks.request(kName, { signal: stop.signal }, lead).catch(() => undefined);
  else void lead();
  return () => {
    stop.abort();
    others?.close();
  };
}

/** The session acts for another office now: whoever listens begins anew. */
export function renewStream(): void {
  if (!('BroadcastChannel' in self)) return;
  const channel = new BroadcastChannel(kName);
  channel.postMessage(kRenew);
  channel.close();
}
