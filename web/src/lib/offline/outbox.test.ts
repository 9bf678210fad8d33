import { beforeEach, describe, expect, it } from 'vitest';
import { Outbox, type OutboxPorts } from './outbox';
import type { Draft, OutboxItem } from './store';

class NoNetwork extends Error {}
class Refused extends Error {}

let stored: Map<string, OutboxItem>;
/** What the server has taken, by key: a key twice is one dossier. */
let filed: Map<string, string>;
let calls: string[];
let fail: (item: OutboxItem) => void;

function item(key: string, queued_at = '2026-11-23T08:00:00+07:00'): OutboxItem {
  return { key, owner: 'cong-dan', title: 'Khai sinh', draft: { papers: {}, files: {} } as unknown as Draft, state: 'queued', queued_at };
}

function make(): Outbox {
  let chain: Promise<unknown> = Promise.resolve();
  const ports: OutboxPorts = {
    storage: {
      all: async () => [...stored.values()],
      get: async (key) => stored.get(key),
      put: async (one) => void stored.set(one.key, structuredClone(one)),
      delete: async (key) => void stored.delete(key)
    },
    send: async (one) => {
      calls.push(one.key);
      await Promise.resolve();
      fail(one);
      if (!filed.has(one.key)) filed.set(one.key, `H12-${filed.size + 1}`);
      return filed.get(one.key) as string;
    },
    locked: <Value>(run: () => Promise<Value>) => {
      const next = chain.then(run, run);
      chain = next.catch(() => undefined);
      return next;
    },
    temporary: (caught) => caught instanceof NoNetwork,
    reasonOf: () => ({ reason: 'validation_failed', errors: [{ pointer: '/answers/name', reason: 'field_required' }] })
  };
  return new Outbox(ports);
}

beforeEach(() => {
  stored = new Map();
  filed = new Map();
  calls = [];
  fail = () => undefined;
});

describe('Outbox', () => {
  it('keeps an item while there is no network and sends it once when there is', async () => {
    const outbox = make();
    await outbox.add(item('a'));
    fail = () => {
      throw new NoNetwork();
    };
    expect(await outbox.flush('cong-dan')).toEqual([]);
    expect((await outbox.items('cong-dan')).map((one) => one.state)).toEqual(['queued']);
    fail = () => undefined;
    expect(await outbox.flush('cong-dan')).toEqual([{ key: 'a', dossier_code: 'H12-1' }]);
    expect(await outbox.items('cong-dan')).toEqual([]);
    expect(await outbox.flush('cong-dan')).toEqual([]);
    expect(filed.size).toBe(1);
  });

  // Two tabs both notice that the network is back.
  it('sends an item once when two flushes run at the same time', async () => {
    const outbox = make();
    await outbox.add(item('a'));
    await Promise.all([outbox.flush('cong-dan'), outbox.flush('cong-dan')]);
    expect(calls).toEqual(['a']);
  });

  // The server has filed it but the answer was lost: the second try must carry the same key.
  it('sends again under the same key after a lost answer', async () => {
    const outbox = make();
    await outbox.add(item('a'));
    let first = true;
    fail = (one) => {
      if (!first) return;
      first = false;
      filed.set(one.key, 'H12-1');
      throw new NoNetwork();
    };
    await outbox.flush('cong-dan');
    expect(await outbox.flush('cong-dan')).toEqual([{ key: 'a', dossier_code: 'H12-1' }]);
    expect(filed.size).toBe(1);
    expect(calls).toEqual(['a', 'a']);
  });

  // The tab was closed between sending and hearing back.
  it('takes up what another tab left in the middle of sending', async () => {
    stored.set('a', { ...item('a'), state: 'sending' });
    expect(await make().flush('cong-dan')).toEqual([{ key: 'a', dossier_code: 'H12-1' }]);
  });

  it('holds a refused item for the person, does not send it again by itself, and goes on with the next', async () => {
    const outbox = make();
    await outbox.add(item('a', '2026-11-23T08:00:00+07:00'));
    await outbox.add(item('b', '2026-11-23T09:00:00+07:00'));
    fail = (one) => {
      if (one.key === 'a') throw new Refused();
    };
    expect((await outbox.flush('cong-dan')).map((one) => one.key)).toEqual(['b']);
    await outbox.flush('cong-dan');
    expect(calls).toEqual(['a', 'b']);
    const [refused] = await outbox.items('cong-dan');
    expect(refused).toMatchObject({ state: 'failed', reason: 'validation_failed', errors: [{ pointer: '/answers/name', reason: 'field_required' }] });
    fail = () => undefined;
    await outbox.retry('a');
    expect((await outbox.flush('cong-dan')).map((one) => one.key)).toEqual(['a']);
  });

  it('never sends what another account queued on this device', async () => {
    const outbox = make();
    await outbox.add({ ...item('a'), owner: 'nguoi-khac' });
    await outbox.flush('cong-dan');
    expect(calls).toEqual([]);
    expect(await outbox.items('cong-dan')).toEqual([]);
  });

  // A dossier with ten photos must not upload all of them again after a cut.
  it('keeps what the sender saved on the way when the sending fails', async () => {
    const outbox = make();
    await outbox.add(item('a'));
    const ports = (outbox as unknown as { ports: OutboxPorts }).ports;
    ports.send = async (one, save) => {
      await save({ ...one, title: 'với tệp đã tải lên' });
      throw new NoNetwork();
    };
    await outbox.flush('cong-dan');
    expect((await outbox.items('cong-dan'))[0]).toMatchObject({ title: 'với tệp đã tải lên', state: 'queued' });
  });
});
