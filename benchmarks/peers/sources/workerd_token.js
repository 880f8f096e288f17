/** The token function for workerd: the JWT made by hand, signed with WebCrypto, the key imported once. */

const encoder = new TextEncoder();
let key;

/** @param {Uint8Array} bytes */
function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** @param {object} value */
function encode(value) {
  return base64url(encoder.encode(JSON.stringify(value)));
}

export default {
  async fetch(request, { ACCOUNT_SID, API_KEY, API_SECRET }) {
    const { identity } = await request.json();
    key ??= await crypto.subtle.importKey(
      'raw',
      encoder.encode(API_SECRET),
      { name: 'HMAC', hash: 'SHA-256' },
      false,
      ['sign'],
    );
    const now = Math.floor(Date.now() / 1000);
    const signed = `${encode({ alg: 'HS256', typ: 'JWT', cty: 'twilio-fpa;v=1' })}.${encode({
      jti: `${API_KEY}-${crypto.randomUUID()}`,
      iss: API_KEY,
      sub: ACCOUNT_SID,
      iat: now,
      exp: now + 3600,
      grants: { identity, video: { room: 'r' } },
    })}`;
    const signature = await crypto.subtle.sign('HMAC', key, encoder.encode(signed));
    return Response.json({ token: `${signed}.${base64url(new Uint8Array(signature))}` });
  },
};
