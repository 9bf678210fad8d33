// The outbox: what a person has filed and the server has not yet confirmed. Each item keeps its idempotency key until it is gone,
// so that sending again after a lost answer does not file twice. No browser API here: the storage, the lock and the sender are
// given, so that the rules can be tested.
import type { OutboxItem } from './store';

interface OutboxStorage {
  all(): Promise<OutboxItem[]>;
  get(key: string): Promise<OutboxItem | undefined>;
  put(item: OutboxItem): Promise<void>;
  delete(key: string): Promise<void>;
}

/** Sends one item under its key and returns the dossier's code. `save` keeps what must survive a stop in the middle (uploaded files). */
export type Sender = (item: OutboxItem, save: (item: OutboxItem) => Promise<void>) => Promise<string>;

export interface OutboxPorts {
  storage: OutboxStorage;
  send: Sender;
  /** Runs one at a time across all tabs of the browser. */
  locked: <Value>(run: () => Promise<Value>) => Promise<Value>;
  /** Is this failure worth another try later (no network, server busy)? Otherwise the person must act. */
  temporary: (caught: unknown) => boolean;
  reasonOf: (caught: unknown) => { reason: string; errors?: OutboxItem['errors'] };
}

export interface Sent {
  key: string;
  dossier_code: string;
}

export class Outbox {
  constructor(
    private readonly ports: OutboxPorts,
    private readonly changed: () => void = () => undefined
  ) {}

  async items(owner: string): Promise<OutboxItem[]> {
    const all = await this.ports.storage.all();
    return all.filter((item) => item.owner === owner).sort((a, b) => (a.queued_at < b.queued_at ? -1 : 1));
  }

  async add(item: OutboxItem): Promise<void> {
    await this.ports.storage.put(item);
    this.changed();
  }

  async remove(key: string): Promise<void> {
    await this.ports.storage.delete(key);
    this.changed();
  }

  /** A refused item goes back in the queue, under the same key: what was refused was not filed. */
  async retry(key: string): Promise<void> {
    const item = await this.ports.storage.get(key);
    if (!item) return;
    await this.ports.storage.put({ ...item, state: 'queued', reason: undefined, errors: undefined });
    this.changed();
  }

  /** Sends all that waits of this account, oldest first; stops at the first temporary failure. */
  async flush(owner: string): Promise<Sent[]> {
    return this.ports.locked(async () => {
      const sent: Sent[] = [];
      for (const listed of await this.items(owner)) {
        // Read again under the lock: another tab may have sent or removed it.
        const item = await this.ports.storage.get(listed.key);
        if (!item || item.state === 'failed') continue;
        // 'sending' left by a tab that was closed is sent again; the key makes that harmless.
        let current: OutboxItem = { ...item, state: 'sending' };
        await this.ports.storage.put(current);
        this.changed();
        try {
          const dossier_code = await this.ports.send(current, async (next) => {
            current = next;
            await this.ports.storage.put(next);
          });
          await this.ports.storage.delete(current.key);
          sent.push({ key: current.key, dossier_code });
          this.changed();
        } catch (caught) {
          if (this.ports.temporary(caught)) {
            await this.ports.storage.put({ ...current, state: 'queued' });
            this.changed();
            break;
          }
          await this.ports.storage.put({ ...current, state: 'failed', ...this.ports.reasonOf(caught) });
          this.changed();
        }
      }
      return sent;
    });
  }
}
