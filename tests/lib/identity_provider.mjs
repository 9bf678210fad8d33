// A real OpenID provider (npm oidc-provider) on this machine, which signs in whomever the test says, and whose ID tokens a test can forge.
import { createServer } from 'node:http';
import { generateKeyPairSync, sign } from 'node:crypto';
import Provider from 'oidc-provider';
import { atEnd } from './runner.mjs';

const json64 = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** {issuer, who, forge, headers}: `who` is the next person's claims; `forge(claims, header)` changes a token before it is signed again. */
export async function startIdentityProvider({ clientId, secret, returnUrl, alg = 'RS256', inUserinfo = false }) {
  const server = createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  atEnd(() => void (server.closeAllConnections(), server.close()));
  const issuer = `http://localhost:${server.address().port}`;
  const { privateKey } = alg === 'RS256' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = { ...privateKey.export({ format: 'jwk' }), kid: `khoa-${alg}`, use: 'sig', alg };
  const sandbox = { issuer, who: null, forge: null, lastToken: null };

  const provider = new Provider(issuer, {
    clients: [{ client_id: clientId, client_secret: secret, redirect_uris: [returnUrl], id_token_signed_response_alg: alg, response_types: ['code'], grant_types: ['authorization_code'] }],
    jwks: { keys: [jwk] },
    cookies: { keys: ['thu-nghiem'] },
    claims: { openid: ['sub'], profile: ['name', 'birthdate', 'gender', 'personal_no', 'level'] },
    conformIdTokenClaims: inUserinfo,
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: true } },
    pkce: { required: () => true },
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_ctx, sub) => ({ accountId: sub, claims: () => ({ ...sandbox.who, sub }) }),
    loadExistingGrant: async (ctx) => {
      const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
      grant.addOIDCScope('openid profile');
      await grant.save();
      return grant;
    }
  });
  provider.use(async (ctx, next) => {
    await next();
    if (ctx.path !== '/token' || !ctx.body?.id_token) return;
    if (sandbox.forge) {
      const [header, claims] = ctx.body.id_token.split('.').slice(0, 2).map((part) => JSON.parse(Buffer.from(part, 'base64url')));
      sandbox.forge(claims, header);
      const text = `${json64(header)}.${json64(claims)}`;
      const bytes = header.alg === 'none' ? Buffer.alloc(0) : sign('sha256', Buffer.from(text), alg === 'ES256' ? { key: privateKey, dsaEncoding: 'ieee-p1363' } : privateKey);
      ctx.body = { ...ctx.body, id_token: `${text}.${bytes.toString('base64url')}` };
    }
    sandbox.lastToken = ctx.body.id_token;
  });
  const answer = provider.callback();
  server.on('request', async (request, response) => {
    if (!request.url.startsWith('/interaction/')) return answer(request, response);
    const { sub } = sandbox.who;
    await provider.interactionFinished(request, response, { login: { accountId: sub } }, { mergeWithLastSubmission: false });
  });
  return sandbox;
}

/** Follows the provider's pages as a browser without a person would; what it sends back to us: {code, state, iss}. */
export async function visit(authorizationUrl, returnUrl) {
  const jar = new Map();
  let url = authorizationUrl;
  for (let hops = 0; hops < 10; hops++) {
    const response = await fetch(url, { redirect: 'manual', headers: { cookie: [...jar].map(([k, v]) => `${k}=${v}`).join('; ') } });
    for (const cookie of response.headers.getSetCookie()) {
      const [pair] = cookie.split(';');
      jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    const next = response.headers.get('location');
    if (!next) throw new Error(`the provider stopped at ${url}: ${response.status} ${(await response.text()).slice(0, 300)}`);
    url = new URL(next, url).href;
    if (url.startsWith(returnUrl)) return Object.fromEntries(new URL(url).searchParams);
  }
  throw new Error('the provider leads in circles');
}
