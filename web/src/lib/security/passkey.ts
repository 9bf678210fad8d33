// Passkeys in the browser: the JSON forms of WebAuthn Level 3, written out because older browsers lack parse…FromJSON and toJSON.
import { api, ApiError, take, type Schemas } from '$lib/api/client';

type Credential = Schemas['Credential'];

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (char) => char.charCodeAt(0));
}
function text(buffer: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}
/** What the browser refused or the person called off. */
async function attempt<T>(work: () => Promise<T | null>): Promise<T> {
  try {
    const made = await work();
    if (made) return made;
  } catch (caught) {
    if (caught instanceof DOMException && caught.name === 'InvalidStateError') throw new ApiError(0, 'passkey_exists');
    if (!(caught instanceof DOMException)) throw caught;
  }
  throw new ApiError(0, 'passkey_cancelled');
}

export const passkeysWork = () => typeof PublicKeyCredential !== 'undefined' && !!navigator.credentials;

/** Answers a fresh challenge of the server with a key the person chooses. */
export async function signWithPasskey(): Promise<Credential> {
  const options = await take(api.POST('/api/v1/session/passkey/options'));
  const found = await attempt(
    () => navigator.credentials.get({ publicKey: { challenge: bytes(options.challenge), rpId: options.rpId, timeout: options.timeout, userVerification: 'required' } }) as Promise<PublicKeyCredential | null>
  );
  const response = found.response as AuthenticatorAssertionResponse;
  return {
    id: found.id,
    rawId: found.id,
    type: found.type,
    response: {
      clientDataJSON: text(response.clientDataJSON),
      authenticatorData: text(response.authenticatorData),
      signature: text(response.signature),
      ...(response.userHandle && { userHandle: text(response.userHandle) })
    }
  };
}

/** Makes a new key for the options of POST /api/v1/me/passkeys/options. */
export async function makePasskey(options: PublicKeyCredentialCreationOptionsJSON): Promise<Credential> {
  const made = await attempt(
    () =>
      navigator.credentials.create({
        publicKey: {
          ...options,
          challenge: bytes(options.challenge),
          user: { ...options.user, id: bytes(options.user.id) },
          excludeCredentials: (options.excludeCredentials ?? []).map((one) => ({ type: 'public-key' as const, id: bytes(one.id) }))
        } as PublicKeyCredentialCreationOptions
      }) as Promise<PublicKeyCredential | null>
  );
  const response = made.response as AuthenticatorAttestationResponse;
  return { id: made.id, rawId: made.id, type: made.type, response: { clientDataJSON: text(response.clientDataJSON), attestationObject: text(response.attestationObject) } };
}
