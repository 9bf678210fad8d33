// Holds every response to api/openapi.yaml: the route exists, its status is documented, the body fits the schema.
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';
import { readText } from './server.mjs';

export const contract = parse(readText('api/openapi.yaml'));

/** Every operation: {method, path, permission, operation, shape}. */
export const operations = Object.entries(contract.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    method: method.toUpperCase(),
    path,
    permission: operation['x-permission'],
    operation,
    shape: new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/\{[^}]+\}/g, '[^/]+')}$`)
  }))
);

// What the contract does not name must not be in an answer either: an object schema with properties is closed in tests.
function closed(node) {
  if (Array.isArray(node)) return node.map(closed);
  if (node === null || typeof node !== 'object') return node;
  const out = {};
  for (const [key, value] of Object.entries(node)) out[key] = closed(value);
  if (node.properties && node.type === 'object' && node.additionalProperties === undefined) out.additionalProperties = false;
  return out;
}

const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true });
addFormats(ajv);
ajv.addFormat('binary', true);
ajv.addSchema({ $id: 'contract', ...closed(contract) });
const compiled = new Map();

function validator(pointer) {
  if (!compiled.has(pointer)) compiled.set(pointer, ajv.compile({ $ref: `contract#${pointer}` }));
  return compiled.get(pointer);
}

const escape = (part) => encodeURIComponent(part.replace(/~/g, '~0').replace(/\//g, '~1'));

export function find(method, pathname) {
  const hits = operations.filter((one) => one.method === method && one.shape.test(pathname));
  // "/result.pdf" fits "/{file}" shapes too; the one with fewer parameters is meant.
  return hits.sort((a, b) => a.path.split('{').length - b.path.split('{').length)[0];
}

export const answered = new Map();

/** Throws when the response is not what the contract says. */
export function hold(method, url, status, mediaType, body) {
  const pathname = decodeURI(new URL(url, 'http://x').pathname);
  const found = find(method, pathname);
  if (!found) throw new Error(`${method} ${pathname} is not in the contract`);
  const name = `${found.method} ${found.path}`;
  if (!answered.has(name)) answered.set(name, new Set());
  answered.get(name).add(status);
  const media = mediaType.split(';')[0].trim();
  const key = found.operation.responses[status] ? String(status) : 'default';
  const said = found.operation.responses[key];
  if (!said) throw new Error(`${name} answered ${status}, which the contract does not name`);
  if (key === 'default' && status < 400) throw new Error(`${name} answered ${status}, which the contract names only as a problem`);
  let pointer = `/paths/${escape(found.path)}/${method.toLowerCase()}/responses/${key}`;
  let response = said;
  if (said.$ref) {
    pointer = said.$ref.slice(1);
    response = contract.components.responses[said.$ref.split('/').at(-1)];
  }
  if (!response.content) {
    if (body.length) throw new Error(`${name} ${status}: the contract says no body, ${body.length} bytes came`);
    return;
  }
  // A file comes with its own type; the contract says octet-stream for any of them.
  const type = response.content[media] ? media : response.content['application/octet-stream'] ? 'application/octet-stream' : null;
  if (!type) throw new Error(`${name} ${status}: media type ${media}, the contract says ${Object.keys(response.content)}`);
  if (!type.endsWith('json')) return;
  const value = JSON.parse(body.toString('utf8'));
  const check = validator(`${pointer}/content/${escape(type)}/schema`);
  if (!check(value))
    throw new Error(`${name} ${status}: ${ajv.errorsText(check.errors, { separator: '\n  ' })}\n  ${check.errors.map((e) => JSON.stringify(e.params)).join('\n  ')}\n  ${body.toString('utf8').slice(0, 800)}`);
  if (status >= 400 && value.status !== status) throw new Error(`${name}: status ${status} but the problem says ${value.status}`);
}
