import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressOf, onPorts, portsOf, readdressed, withEnv } from './rewrite.ts'

const programs = {
  app: {
    run: 'node app.js --payments http://localhost:4000',
    ports: [3000],
    env: { PORT: '3000', PAYMENTS: 'http://127.0.0.1:4000/v1', OTHER: 'http://shop.example:3000', N: '3000' },
  },
  payments: { run: 'node payments.js', ports: ['127.0.0.1:4000'], env: { PAYMENTS_PORT: '4000' } },
  job: { run: 'node job.js' },
}

test('a copy listens elsewhere, and its programs find each other there', () => {
  assert.deepEqual(portsOf(programs), [3000, 4000])
  const { app, payments, job } = onPorts(programs, new Map([[3000, 5001], [4000, 3000]])) as typeof programs // biome-ignore format: a table
  assert.deepEqual(app.ports, [5001])
  assert.equal(app.run, 'node app.js --payments http://localhost:3000')
  assert.deepEqual(app.env, {
    PORT: '5001',
    PAYMENTS: 'http://127.0.0.1:3000/v1',
    OTHER: 'http://shop.example:3000',
    N: '3000',
  })
  assert.deepEqual(payments.ports, ['127.0.0.1:3000'])
  assert.equal(payments.env.PAYMENTS_PORT, '3000')
  assert.deepEqual(job, { run: 'node job.js', env: {} })
})

test('an address is found in what variables hold, and changed without touching the rest', () => {
  for (const [url, host, port, after] of [
    ['postgres://me:p%40ss@db.example/shop?ssl=1', 'db.example', 5_432, 'postgres://me:p%40ss@127.0.0.1:9/shop?ssl=1'],
    ['http://localhost:4000', '127.0.0.1', 4_000, 'http://127.0.0.1:9'],
    ['redis://cache', 'cache', 6_379, 'redis://127.0.0.1:9'],
    ['4000', '127.0.0.1', 4_000, '9'],
    ['cache.example:7000', 'cache.example', 7_000, '127.0.0.1:9'],
  ] as const) {
    assert.deepEqual(addressOf(url), { host, port }, url)
    assert.equal(readdressed(url, { host: '127.0.0.1', port: 9 }), after)
  }
  for (const none of ['', 'shop', '/var/run/socket', 'unix:/x']) assert.equal(addressOf(none), undefined, none)
  assert.deepEqual(withEnv(programs, 'job', { A: '1' })['job'], { run: 'node job.js', env: { A: '1' } })
})
