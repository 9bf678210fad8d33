// One running demo province shared by the tests of a suite, and the people in it.
import { Client } from './client.mjs';
import { atEnd } from './runner.mjs';
import { newProvince, serve } from './server.mjs';

let started;

/** {province, server, base}: started at the first call. */
export function world() {
  started ??= (async () => {
    const province = newProvince();
    const server = await serve(province);
    return { province, server, base: server.base };
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
