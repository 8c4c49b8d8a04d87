import assert from 'node:assert/strict'
import { test } from 'node:test'
import { unguarded } from './unguarded.ts'

const table: readonly (readonly [says: string, code: string, lines: readonly number[]])[] = [
  ['a pool without timeouts', "import pg from 'pg'\nconst pool = new pg.Pool({ connectionString })", [2]],
  ['a pool with half of them', "import { Pool } from 'pg'\nnew Pool({ connectionTimeoutMillis: 1 })", [2]],
  ['a pool with them', "import pg from 'pg'\nnew pg.Pool({ connectionTimeoutMillis: 1, statement_timeout: 2 })", []],
  ['a pool whose options are made elsewhere', "import pg from 'pg'\nnew pg.Pool(options)\nnew pg.Pool({ ...options })", []],
  [
    'a pool that is guarded',
    "import pg from 'pg'\nconst pool = new pg.Pool({ max: 1 })\nheal.dependency(postgres(pool, {}))",
    [],
  ],
  [
    'one made in its guard',
    "import pg from 'pg'\npostgres(new pg.Pool())\npostgresClient(() => new pg.Client())\npostgresClients(() => new pg.Client())",
    [],
  ],
  ['one beside it', "import pg from 'pg'\nconst a = new pg.Pool()\nconst b = new pg.Pool()\npostgres(b)", [2]],
  ['a Pool of somebody else', 'new Pool({})', []],
  ['fetch without a signal', 'await fetch(url)\nawait fetch(`${a}`, { method: "POST", body: f(x) })', [1, 2]],
  ['fetch with one', 'await fetch(url, { signal })\nawait fetch(url, { signal: AbortSignal.timeout(1) })', []],
  ['a fetch in a comment, a string, a method', "// fetch(url)\nconst a = 'fetch(url)'\nthis.fetch(x)\nfunction fetch(a) {}", []],
  ['redis', "const Redis = require('ioredis')\nconst r = new Redis()\nnew Redis({ commandTimeout: 1 })", [2]],
  ['a command', "import { execSync } from 'node:child_process'\nexecSync('git status')\nexecSync('git', { timeout: 5 })", [2]],
  ['a regular expression', "import { exec } from 'node:child_process'\n/a/.exec(b)\nre.exec(c)\nexec(d)", [4]],
  ['a child', "import { spawn, fork } from 'node:child_process'\nspawn('git', ['status'])\nfork('a.js', [], { signal })", [2]],
  ['a file', "import { readFile } from 'node:fs/promises'\nawait readFile('a')\nawait readFile('a', { signal })", [2]],
  ['a file of somebody else', "import { readFile } from './mine.js'\nawait readFile('a')", []],
  ['axios', "import axios from 'axios'\naxios.get(url)\naxios.get(url, { timeout: 1 })", [2]],
  ['mysql', "import mysql from 'mysql2/promise'\nmysql.createPool({ host })", [2]],
  [
    'knex',
    "const db = require('knex')({ client: 'pg', connection: url })\nknex('users').where({ id })\nconst knex = require('knex')({ client: 'mysql2', acquireConnectionTimeout: 5 })",
    [1],
  ],
  [
    'knex, imported',
    "import knex from 'knex'\nknex({ client: 'pg', connection: { host } })\nknex({ client: 'pg', connection: { host, statement_timeout: 5 } })\nknex({ client: 'better-sqlite3' })\nknex(config)",
    [2],
  ],
  [
    'sequelize',
    "import { Sequelize } from 'sequelize'\nnew Sequelize(process.env.DATABASE_URL)\nnew Sequelize('a', 'b', 'c', { host, dialect: 'postgres' })\nnew Sequelize(config)\nnew Sequelize({ dialect: 'mysql', pool: { acquire: 5 } })\nnew Sequelize({ dialect: 'sqlite' })\nnew Sequelize(url, { dialectOptions: { statement_timeout: 5 } })",
    [2, 3],
  ],
  ['a word in a type', "import type { Pool } from 'pg'\nlet pool: Pool", []],
]
for (const [says, code, lines] of table)
  test(`read: ${says}`, () => {
    const found = unguarded('app.ts', code)
    assert.deepEqual(
      found.map(f => Number(f.where.split(':')[1])),
      lines,
    )
  })
