// Bytes as they are on a socket, for requests that no sound client would send.
import { connect } from 'node:net';

/** Sends the bytes and gives back all that came until the server closed the connection. */
export function raw(port, bytes, { timeout = 20_000 } = {}) {
  return new Promise((done, fail) => {
    const socket = connect(port, '127.0.0.1');
    const parts = [];
    const timer = setTimeout(() => {
      socket.destroy();
      fail(new Error(`the connection stays open after: ${Buffer.concat(parts).toString('latin1').slice(0, 300)}`));
    }, timeout);
    const end = () => {
      clearTimeout(timer);
      done(Buffer.concat(parts).toString('latin1'));
    };
    socket.on('data', (chunk) => parts.push(chunk));
    socket.on('end', () => socket.end());
    // The server may close before all was sent; what it said counts.
    socket.on('error', () => {});
    socket.on('close', end);
    socket.on('connect', () => socket.write(bytes));
  });
}

/** The status of an answer, 0 for none. */
export function statusOf(answer) {
  return Number(/^HTTP\/1\.[01] (\d{3})/.exec(answer)?.[1] ?? 0);
}
