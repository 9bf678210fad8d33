// One running demo province shared by the tests of a suite, and the people in it.
import { join } from 'node:path';
import { kBankEnv } from './bank.mjs';
import { Client } from './client.mjs';
import { atEnd } from './runner.mjs';
import { kRoot, mustRun, newProvince, serve } from './server.mjs';

const kCatalogue = join(kRoot, 'tests/fixtures/catalogue/portal.jsonl');

const kAreas = ['before', 'provinces', 'communes', 'mapping', 'aliases'].map((name) => join(kRoot, `tests/fixtures/areas/${name}.csv`));

let started;

/** {province, server, base, imports}: a demo province, two more procedures of a catalogue and a few areas of before 2025-07-01; started at the first call. */
export function world() {
  started ??= (async () => {
    const province = newProvince();
    const imports = [1, 2].map(() => JSON.parse(mustRun('import', 'procedures', kCatalogue, ...province.flags).trim().split('\n').at(-1)));
    mustRun('import', 'units', ...kAreas, ...province.flags);
    mustRun('import', 'boundaries', join(kRoot, 'tests/fixtures/areas/boundaries.geojson'), ...province.flags);
    // The whole suite signs in from one address within a minute; that limit's edge is tested where the server is (server_test.cc).
    const server = await serve(province, { args: ['--public-posts-per-minute', '0'], env: kBankEnv });
    return { province, server, base: server.base, imports };
  })();
  return started;
}

atEnd(async () => {
  if (started) await (await started).server.stop();
});

const people = new Map();

/** The signed-in client of a demo account; one session for the whole suite. */
export async function as(username) {
  if (!people.has(username)) {
    const { base } = await world();
    const client = new Client(base);
    people.set(
      username,
      client.signIn(username).then(() => client)
    );
  }
  return people.get(username);
}

export async function anyone() {
  return new Client((await world()).base);
}
