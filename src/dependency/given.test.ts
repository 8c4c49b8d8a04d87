import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Redis } from 'ioredis'
import { createPool } from 'mysql2'
import { createPool as createPromisePool } from 'mysql2/promise'
import pg from 'pg'
import { createClient } from 'redis'
import { isConfigError } from '../core/index.ts'
import { dependency, http } from './index.ts'

test('a pool or client where an adapter belongs is refused, and the right adapter is named', () => {
  const mysql = [createPool({ host: '127.0.0.1', port: 1 }), createPromisePool({ host: '127.0.0.1', port: 1 })]
  const ioredis = new Redis({ lazyConnect: true })
  const api = dependency(http('http://127.0.0.1:1'))
  const given: readonly (readonly [unknown, RegExp])[] = [
    [new pg.Pool(), /this is a pool of pg: give postgres\(pool\)$/],
    [new pg.Client(), /this is a client of pg: give postgresClient\(/],
    ...mysql.map(pool => [pool, /this is a pool of mysql2: give mysql\(pool\)$/] as const),
    [ioredis, /this is a client of ioredis: give redis\(client\)$/],
    [createClient(), /this is a client of node-redis: give redis\(client\)$/],
    ['https://user:secret@api.example.com', /this is an address: give http\(origin\)$/],
    [api, /this is a dependency already/],
    [undefined, /this is undefined: give postgres\(pool\), mysql\(pool\), redis\(client\) or http\(origin\)$/],
    [{}, /this is none: give postgres\(pool\), mysql\(pool\)/],
  ]
  for (const [one, says] of given)
    assert.throws(
      () => dependency(one as never),
      error => isConfigError(error) && error.message.startsWith('heal.dependency(): adapter ') && says.test(error.message),
      String(says),
    )
  for (const pool of mysql) pool.end()
  ioredis.disconnect()
  api.heal[Symbol.dispose]()
})
