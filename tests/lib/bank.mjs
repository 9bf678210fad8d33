// A bank outside: it signs its messages with a ready library, knows the secret it was given, and reads QR codes as a payer's phone does.
import { hold } from './contract.mjs';

export const kBankSecret = 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=';
export const kBankEnv = { TINHSO_PAYMENTS_SANDBOX_SECRET: kBankSecret };

let last = 0;
export const fresh = (prefix) => `${prefix}${Date.now()}${++last}`;

/** What a payer's phone reads from a VietQR payload. */
export async function readQr(payload) {
  const { QRPay } = await import('vietnam-qr-pay');
  const qr = new QRPay(payload);
  return { valid: qr.isValid, bank_bin: qr.consumer.bankBin, account_no: qr.consumer.bankNumber, amount_vnd: Number(qr.amount), purpose: qr.additionalData.purpose };
}

/** The body of a credit for what a code says. */
export function creditFor(qr, more = {}) {
  return {
    transaction_no: fresh('FT'),
    bank_bin: qr.bank_bin,
    account_no: qr.account_no,
    amount_vnd: qr.amount_vnd,
    currency: 'VND',
    remittance: `MBVCB.9921.${qr.purpose.toLowerCase()} chuyen tien`,
    payer_name: 'NGUYEN THI MY HANH',
    booked_at: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
    ...more
  };
}

/** Sends one message: {status, body, text}. `forged` replaces headers after signing. */
export async function sendCredit(base, credit, { id = fresh('evt_'), at = new Date(), secret = kBankSecret, provider = 'sandbox', forged = {} } = {}) {
  const { Webhook } = await import('standardwebhooks');
  const body = typeof credit === 'string' ? credit : JSON.stringify(credit);
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign(id, at, body),
    ...forged
  };
  const answer = await fetch(`${base}/api/v1/payments/webhooks/${provider}`, { method: 'POST', headers, body });
  const text = await answer.text();
  hold('POST', `/api/v1/payments/webhooks/${provider}`, answer.status, answer.headers.get('content-type') ?? '', Buffer.from(text));
  return { status: answer.status, text, body: JSON.parse(text) };
}
