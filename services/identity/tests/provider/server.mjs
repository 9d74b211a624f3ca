// A real OpenID Connect provider that lets in whoever the address names, for the tests of identity.
//
//   node server.mjs REDIRECT_URL
//
// It prints the port that it listens on, and ends with its input. The parameter `login_hint` of an authorization says
// who signs in, as a query: sub, email, verified (true or false), amr, and ago, the seconds since they did. GET /now answers with its clock, in seconds.
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const [redirect] = process.argv.slice(2);
const accounts = new Map();
const server = createServer();
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address();

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{ client_id: 'entente', client_secret: 'secret of entente', redirect_uris: [redirect] }],
  claims: { openid: ['sub', 'amr'], email: ['email', 'email_verified'] },
  cookies: { keys: ['a key of the tests'] },
  features: { devInteractions: { enabled: false } },
  findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, ...accounts.get(sub) }) }),
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  pkce: { methods: ['S256'], required: () => true },
  // So that a token expires while its sign-in can still be completed.
  ttl: { AccessToken: 60, AuthorizationCode: 60, Grant: 600, IdToken: 60, Interaction: 600, Session: 600 },
});
const serve = provider.callback();

async function interact(request, response) {
  const { params, prompt, session } = await provider.interactionDetails(request, response);
  if (prompt.name === 'login') {
    const who = new URLSearchParams(params.login_hint);
    const sub = who.get('sub');
    accounts.set(sub, { email: who.get('email'), email_verified: who.get('verified') === 'true' });
    const ts = Math.floor(Date.now() / 1000) - Number(who.get('ago'));
    const login = { accountId: sub, amr: who.getAll('amr'), ts };
    return provider.interactionFinished(request, response, { login });
  }
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  const consent = { grantId: await grant.save() };
  return provider.interactionFinished(request, response, { consent }, { mergeWithLastSubmission: true });
}

server.on('request', (request, response) => {
  if (request.url === '/now') return response.end(String(Math.floor(Date.now() / 1000)));
  if (!request.url.startsWith('/interaction/')) return serve(request, response);
  return interact(request, response).catch((error) => {
    response.statusCode = 500;
    response.end(String(error));
  });
});

console.log(port);
process.stdin.on('end', () => process.exit(0)).resume();
