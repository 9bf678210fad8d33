// A real mail server for the tests: it takes what it is given, or behaves as badly as told.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { newFolder } from './server.mjs';

/** A certificate authority of our own and a certificate for localhost: {caFile, key, cert}. */
export function makeCertificates() {
  const dir = newFolder();
  const at = (name) => join(dir, name);
  const openssl = (...args) => execFileSync('openssl', args, { cwd: dir, stdio: ['ignore', 'ignore', 'pipe'] });
  openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=Test CA');
  openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'key.pem', '-out', 'csr.pem', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost');
  openssl('x509', '-req', '-in', 'csr.pem', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-copy_extensions', 'copy', '-out', 'cert.pem', '-days', '2');
  return { caFile: at('ca.pem'), key: readFileSync(at('key.pem')), cert: readFileSync(at('cert.pem')) };
}

/**
 * behave.rcpt(address) and behave.data(session, mail) may throw an Error with responseCode, or return 'drop' (cut the connection) or
 * 'hang' (say nothing). `mails` holds what was taken: the parsed mail, its raw bytes and its envelope; `offered` what was handed over at all.
 */
export async function mailServer({ security = 'none', user, password, certificates } = {}) {
  const mails = [];
  const offered = [];
  const behave = {};
  const waiting = new Set();
  const sockets = new Set();
  const server = new SMTPServer({
    name: 'localhost',
    logger: false,
    closeTimeout: 200, // those who hang are not waited for
    secure: security === 'tls',
    ...(certificates ? { key: certificates.key, cert: certificates.cert } : {}),
    disabledCommands: [...(security === 'none' ? ['STARTTLS'] : []), ...(user ? [] : ['AUTH'])],
    authOptional: !user,
    onAuth: (auth, _session, done) => (auth.username === user && auth.password === password ? done(null, { user }) : done(Object.assign(new Error('no'), { responseCode: 535 }))),
    onConnect: (_session, done) => (behave.connect?.() === 'hang' ? undefined : done()),
    onRcptTo({ address }, _session, done) {
      try {
        behave.rcpt?.(address);
        done();
      } catch (error) {
        done(error);
      }
    },
    async onData(stream, session, done) {
      const chunks = [];
      try {
        for await (const chunk of stream) chunks.push(chunk);
      } catch {
        return; // the sender was gone before the end: this is no mail
      }
      const raw = Buffer.concat(chunks);
      const mail = { ...(await simpleParser(raw)), raw: raw.toString('latin1'), secure: session.secure, to: session.envelope.rcptTo.map((one) => one.address) };
      offered.push(mail);
      let answer;
      try {
        answer = behave.data?.(session, mail);
      } catch (error) {
        return done(error);
      }
      if (answer === 'drop') return sockets.forEach((socket) => socket.remotePort === session.remotePort && socket.destroy()); // no other letter's connection
      if (answer === 'hang') return;
      mails.push(mail);
      waiting.forEach((look) => look());
      done();
    }
  });
  server.on('error', () => undefined); // a client that hangs up is no fault of the server's
  server.server.on('connection', (socket) => (sockets.add(socket), socket.on('close', () => sockets.delete(socket))));
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    port: server.server.address().port,
    mails,
    offered,
    behave,
    /** The first mail taken that `fits`. */
    until: (fits) =>
      new Promise((found) => {
        const look = () => {
          const hit = mails.find(fits);
          if (!hit) return;
          waiting.delete(look);
          found(hit);
        };
        waiting.add(look);
        look();
      }),
    close: () => new Promise((closed) => (server.close(closed), sockets.forEach((socket) => socket.destroy())))
  };
}

export const refuse = (code, text) => {
  throw Object.assign(new Error(text), { responseCode: code });
};
