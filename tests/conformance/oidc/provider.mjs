// A certified OpenID provider (npm oidc-provider) that signs a made-up patient in, SMART style:
//   node provider.mjs
// Prints its issuer when it listens. Ends when its standard input does.
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

const PATIENT = 'p1';
const server = createServer();
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'consentry',
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      redirect_uris: ['http://127.0.0.1/'],
    },
  ],
  // SMART scopes are open-ended; this provider wants to know each beforehand.
  scopes: (process.env.SCOPES ?? '').split(' ').filter(Boolean).concat('openid', 'offline_access'),
  claims: { openid: ['sub'], fhirUser: ['fhirUser'] },
  findAccount: (_context, sub) => ({
    accountId: sub,
    claims: () => ({ sub, fhirUser: `Patient/${PATIENT}` }),
  }),
  conformIdTokenClaims: false,
  issueRefreshToken: (_context, client) => client.grantTypeAllowed('refresh_token'),
  rotateRefreshToken: true,
  pkce: { required: () => true },
  ttl: { AccessToken: 300, IdToken: 300, RefreshToken: 3600, Interaction: 300, Session: 300, Grant: 3600 },
  features: { devInteractions: { enabled: true }, revocation: { enabled: true }, introspection: { enabled: true } },
});

// A native app's port is any (RFC 8252 §7.3); its path is one of its own for each hospital.
const allowed = provider.Client.prototype.redirectUriAllowed;
provider.Client.prototype.redirectUriAllowed = function (uri) {
  const { protocol, hostname } = new URL(uri);
  return (protocol === 'http:' && hostname === '127.0.0.1') || allowed.call(this, uri);
};

// The launch context of SMART: the patient comes beside the tokens.
provider.use(async (context, next) => {
  await next();
  if (context.oidc?.route === 'token' && context.body?.access_token) context.body.patient = PATIENT;
});

server.on('request', provider.callback());
console.log(issuer);
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
