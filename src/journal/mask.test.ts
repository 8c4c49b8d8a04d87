import assert from 'node:assert/strict'
import { test } from 'node:test'
import { masked, maskedText } from './mask.ts'

test('values under names of secrets are hidden, in any spelling', () => {
  for (const name of [
    'password',
    'PASSWORD',
    'dbPassword',
    'db_password',
    'passwd',
    'secret',
    'clientSecret',
    'token',
    'accessToken',
    'refresh_tokens',
    'apiKey',
    'API_KEY',
    'x-api-key',
    'STRIPE_SECRET_KEY',
    'privateKey',
    'authorization',
    'Authorization',
    'cookie',
    'set-cookie',
    'credentials',
    'auth',
    'PGPASSWORD',
    'DB_PASS',
    'smtpPass',
  ])
    assert.deepEqual(masked({ [name]: 'hunter2' }), { [name]: '***' }, name)
})

test('what only sounds like a secret is left', () => {
  const data = {
    key: 'db',
    keys: 3,
    path: 'a/b',
    author: 'ann',
    authority: 'x',
    monkey: 'y',
    compass: 'n',
    bypass: 'x',
    port: 3000,
  }
  assert.deepEqual(masked(data), data)
  assert.equal(maskedText('compass=north, bypass: yes'), 'compass=north, bypass: yes')
})

test('secrets inside text are hidden, and the rest of it stays readable', () => {
  for (const [text, expected] of [
    ['postgres://shop:hunter2@db:5432/shop failed', 'postgres://shop:***@db:5432/shop failed'],
    ['redis://:hunter2@cache', 'redis://:***@cache'],
    ['https://0123456789012345678901234@sentry.io/1', 'https://***@sentry.io/1'],
    ['http://localhost:3000/a@b', 'http://localhost:3000/a@b'],
    ['DB_PASS=hunter2 DB_PWD=hunter2', 'DB_PASS=*** DB_PWD=***'],
    ['DB_PASSWORD=hunter2 node app.js', 'DB_PASSWORD=*** node app.js'],
    ['{"password":"hunter2","user":"ann"}', '{"password":***,"user":"ann"}'],
    ['Authorization: Bearer abc.def.ghi', 'Authorization: ***'],
    ['sent Bearer abcdefgh12345', 'sent Bearer ***'],
    ['GET /x?key=AIzaSy123&page=2', 'GET /x?key=***&page=2'],
    ['no such key sk_live_abcdefgh1234', 'no such key ***'],
    ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl expired', '*** expired'],
    ["SyntaxError: Unexpected token '}' in JSON", "SyntaxError: Unexpected token '}' in JSON"],
    ['password authentication failed for user "shop"', 'password authentication failed for user "shop"'],
  ])
    assert.equal(maskedText(text!), expected)
})

test('a secret far down in the data is hidden', () => {
  assert.deepEqual(masked({ error: { config: [{ url: 'amqp://a:b@c', headers: { cookie: 'x' } }] } }), {
    error: { config: [{ url: 'amqp://a:***@c', headers: { cookie: '***' } }] },
  })
})

test('that there is no secret is shown', () => {
  assert.deepEqual(masked({ password: null, token: '', secret: false }), { password: null, token: '', secret: false })
})

test('what is long, wide or deep is cut', () => {
  assert.ok((masked('x'.repeat(100_000)) as string).length < 9_000)
  assert.equal((masked(Array(1_000).fill(1)) as unknown[]).length, 201)
  let deep: never = 'x' as never
  for (let i = 0; i < 50; i++) deep = { deep } as never
  assert.ok(JSON.stringify(masked(deep)).length < 200)
})

test('text made to be slow is not', () => {
  for (const text of [
    'a'.repeat(8_000),
    'password'.repeat(1_000),
    'a://'.repeat(2_000),
    '"token'.repeat(1_300),
    'key-'.repeat(2_000),
    'eyJ'.repeat(2_700),
    '='.repeat(8_000),
  ]) {
    const before = process.cpuUsage()
    maskedText(text)
    assert.ok(process.cpuUsage(before).user < 1_000_000, text.slice(0, 10))
  }
})
