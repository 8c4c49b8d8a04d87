// A list of secrets, each as it turns up in an error's text or data, and of what looks like one and is none. None of them is real.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { masked, maskedText } from './mask.ts'

const x = (n: number, of = 'aB3') => of.repeat(Math.ceil(n / of.length)).slice(0, n)
const SECRETS: Readonly<Record<string, string>> = {
  'Stripe secret key': `sk_live_${x(24)}`,
  'Stripe restricted key': `rk_test_${x(24)}`,
  'Stripe webhook secret': `whsec_${x(32)}`,
  'OpenAI key': `sk-proj-${x(40)}`,
  'Anthropic key': `sk-ant-api03-${x(40)}`,
  'GitHub token': `ghp_${x(36)}`,
  'GitHub fine-grained token': `github_pat_${x(60)}`,
  'GitLab token': `glpat-${x(20)}`,
  'npm token': `npm_${x(36)}`,
  'Slack token': `xoxb-${x(12, '123')}-${x(24)}`,
  'Slack webhook': `https://hooks.slack.com/services/T0${x(8, 'AB1')}/B0${x(8, 'AB1')}/${x(24)}`,
  'Discord webhook': `https://discord.com/api/webhooks/${x(18, '123')}/${x(60)}`,
  'AWS key id': `AKIA${x(16, 'AB3')}`,
  'AWS temporary key id': `ASIA${x(16, 'AB3')}`,
  'AWS secret': `aws_secret_access_key = ${x(40)}`,
  'Google API key': `AIza${x(35)}`,
  'Google access token': `ya29.${x(60)}`,
  'SendGrid key': `SG.${x(22)}.${x(43)}`,
  'Mailgun key': `key-${x(32, '0a1')}`,
  'Shopify token': `shpat_${x(32, '0a1')}`,
  'DigitalOcean token': `dop_v1_${x(64, '0a1')}`,
  JWT: `eyJ${x(20)}.${x(40)}.${x(43)}`,
  'private key': `-----BEGIN RSA PRIVATE KEY-----\n${x(64)}\n${x(64)}\n-----END RSA PRIVATE KEY-----`,
  'private key that was cut': `-----BEGIN OPENSSH PRIVATE KEY-----\n${x(64)}`,
  'password in a database URL': `postgres://shop:${x(16)}@db.example:5432/shop`,
  'password in a Redis URL': `redis://:${x(16)}@cache:6379`,
  'token in a Sentry DSN': `https://${x(32, '0a1')}@o1.ingest.sentry.io/1`,
  'ADO connection string': `Server=db;User Id=shop;Password=${x(16)};Encrypt=true`,
  'libpq keywords': `host=db user=shop password=${x(16)} dbname=shop`,
  'environment dump': `PGPASSWORD=${x(16)} DATABASE=shop`,
  'JSON inside text': `{"user":"ann","api_key":"${x(24)}"}`,
  'JSON inside JSON': `{\\"client_secret\\":\\"${x(24)}\\"}`,
  'authorization header': `Authorization: Basic ${x(24)}`,
  'bearer in prose': `called with Bearer ${x(30)}`,
  'all cookies of a header': `cookie: theme=dark; sid=${x(24)}; other=1`,
  'signed URL': `https://files.example/a.pdf?X-Amz-Date=1&signature=${x(40)}`,
  'card number': 'declined: 4242 4242 4242 4242',
  'card number, bare': 'card 5555555555554444 was refused',
  'card check value': 'cvc=123',
  IBAN: 'iban: IE29AIBK93115212345678',
  'session id': `sessionId: ${x(24)}`,
}

for (const [name, text] of Object.entries(SECRETS))
  test(`hidden: ${name}`, () => {
    const parts = /(?:aB3|0a1|AB3){4,}\w*|4242 4242|55555555|=123|AIBK\d+/.exec(text)
    assert.ok(parts, 'the sample holds a secret')
    for (const shown of [maskedText(text), JSON.stringify(masked({ error: { message: `failed: ${text}`, list: [text] } }))]) {
      assert.ok(!shown.includes(parts[0]), shown)
      assert.ok(!/(?:aB3){4}|(?:0a1){6}/.test(shown), shown)
      assert.match(shown, /\*\*\*/)
    }
  })

test('left: what only looks like one', () => {
  for (const text of [
    'order 1795000000000 took 4242 ms',
    'at 1795526110445, 1795526110449',
    'listing 4111111111111112 of 9', // fails the check
    'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    'request 3f2b8c1e-9d1a-4c6e-8f0e-2a7b1c9d4e5f',
    'x.1790000000.4242424242',
    'connect ECONNREFUSED 127.0.0.1:5432',
    'the cookie banner is shown',
    'SKIP LOCKED',
    'skipped 12 of sk-1',
    'key-value store',
    'GET /api/listings/4242?page=2',
    'mwuqz8ma2sg.4242',
  ])
    assert.equal(maskedText(text), text)
})

test('data keeps its shape: what is no secret stands as it was', () => {
  const data = { listing: 7, priceCents: 1_200, at: 1_795_526_110_445, note: 'paid by card', nested: { sid: 'x', cvc: '123' } }
  assert.deepEqual(masked(data), { ...data, nested: { sid: 'x', cvc: '***' } })
})
