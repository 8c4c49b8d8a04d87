// IO that may wait for ever, as it stands in a code base: pools without timeouts, requests without a signal, child processes and servers
// without an end. One entry a kind of call. Pure: text in, findings out.
import type { Finding } from '../facts.ts'
import { blanked, type CallFound, callsOf, says, unreadable } from './scan.ts'

interface Kind {
  /** Only where one of these packages is imported; undefined: always. */
  readonly from?: readonly string[]
  readonly callee: RegExp
  /** undefined: it is fine. */
  judge(call: CallFound): { readonly says: string; readonly mend: string } | undefined
  /** What guards it, by whatever name it goes in the same file. */
  readonly guardedBy?: string
  /** Default broken. */
  readonly weight?: Finding['weight']
}

const wants =
  (keys: readonly string[], what: string, mend: string, { least = 1, from = 0 } = {}) =>
  ({ args, callee }: CallFound) => {
    if (unreadable(args, from)) return undefined
    const absent = keys.filter(key => !says(args, key))
    return keys.length - absent.length >= Math.min(least, keys.length) ? undefined : { says: `${callee}(…) ${what}`, mend }
  }

const KINDS: readonly Kind[] = [
  {
    from: ['pg'],
    guardedBy: 'postgres(?:Clients?)?',
    callee: /^new (?:pg\.)?(?:Pool|Client)$/,
    judge: wants(
      ['connectionTimeoutMillis', '(?:statement|query)_timeout'],
      'has no timeouts: pg waits for ever for a connection, and for an answer',
      'connectionTimeoutMillis: 3_000, statement_timeout: 5_000. Or leave it all to: heal.dependency(postgres(pool))',
      { least: 2 },
    ),
  },
  {
    from: ['mysql2', 'mysql2/promise'],
    guardedBy: 'mysql',
    callee: /^(?:mysql2?\.)?create(?:Pool|Connection)$/,
    judge: wants(
      ['queueLimit'],
      'has a queue without end, and queries without a timeout',
      'queueLimit: 100, and a timeout per query. Or: heal.dependency(mysql(pool))',
    ),
  },
  {
    from: ['knex'],
    callee: /^[kK]nex$/,
    judge({ callee, args, source }) {
      // knex('users') is a query, not a pool; a file is no server.
      if (!/^\s*\{/.test(args) || /sqlite/.test(source)) return undefined
      const pg = /['"](?:pg|postgres\w*|pgnative|cockroachdb|redshift)['"]/.test(source)
      if (says(args, pg ? '(?:statement|query)_timeout' : 'acquireConnectionTimeout')) return undefined
      return {
        says: `${callee}(…) has statements without a timeout, and waits a minute for a connection`,
        mend: pg
          ? 'connection: { …, statement_timeout: 5_000, connectionTimeoutMillis: 3_000 }, acquireConnectionTimeout: 5_000. Or: selfheal run --auto'
          : 'acquireConnectionTimeout: 5_000, and .timeout(5_000, { cancel: true }) for each query. Or: selfheal run --auto',
      }
    },
  },
  {
    from: ['sequelize', '@sequelize/core', 'sequelize-typescript'],
    callee: /^new Sequelize$/,
    judge({ callee, args, source }) {
      if (/sqlite/.test(source) || says(args, '(?:statement_timeout|query_timeout|connectTimeout|acquire)')) return undefined
      // Of an address alone nothing is set. Options that are made elsewhere are not guessed at.
      const isAddress = /^\s*(?:['"`]|process\.env\b)[^,{]*$/.test(args)
      if (!isAddress && !args.includes('{')) return undefined
      return {
        says: `${callee}(…) has statements without a timeout, and waits a minute for a connection`,
        mend: 'pool: { acquire: 5_000 }, dialectOptions: { statement_timeout: 5_000 } (MySQL: connectTimeout: 3_000). Or: selfheal run --auto',
      }
    },
  },
  {
    from: ['ioredis'],
    guardedBy: 'redis',
    callee: /^new (?:Redis|IORedis)(?:\.Cluster)?$/,
    judge: wants(
      ['commandTimeout'],
      'has commands without a timeout, and an offline queue without end',
      'commandTimeout: 1_000, enableOfflineQueue: false. Or: heal.dependency(redis(client))',
    ),
  },
  {
    callee: /^(?:globalThis\.|undici\.)?fetch$/,
    judge: wants(
      ['signal', 'dispatcher'],
      'has no signal: without one it may wait five minutes for headers, and for ever in all',
      'signal: AbortSignal.timeout(10_000). Or: heal.dependency(http())',
      { from: 1 },
    ),
  },
  {
    from: ['axios'],
    callee: /^axios(?:\.(?:get|post|put|patch|delete|request|create))?$/,
    judge: wants(['timeout', 'signal'], 'has no timeout: axios has none by default', 'timeout: 10_000', { from: 1 }),
  },
  {
    from: ['got'],
    callee: /^got(?:\.(?:get|post|put|patch|delete|extend))?$/,
    judge: wants(
      ['timeout', 'signal'],
      'has no timeout, and retries by itself',
      'timeout: { request: 10_000 }, retry: { limit: 0 }',
      { from: 1 },
    ),
  },
  {
    from: ['node:http', 'node:https', 'http', 'https'],
    callee: /^https?\.(?:request|get)$/,
    judge: wants(['timeout', 'signal', 'agent'], 'has no timeout', 'signal: AbortSignal.timeout(10_000)', { from: 1 }),
  },
  {
    from: ['node:child_process', 'child_process'],
    callee: /^(?:(?:child_process|childProcess|cp)\.)?(?:exec|execSync|execFile|execFileSync|spawnSync)$/,
    judge: wants(
      ['timeout', 'signal'],
      'has no timeout: a command that hangs holds its caller (the Sync ones the whole process)',
      'timeout: 30_000, killSignal: "SIGKILL"',
      { from: 1 },
    ),
  },
  {
    // One that is to run for long is no fault: it is worth a look who ends it.
    from: ['node:child_process', 'child_process'],
    callee: /^(?:(?:child_process|childProcess|cp)\.)?(?:spawn|fork)$/,
    weight: 'look',
    judge: wants(
      ['timeout', 'signal'],
      'has no end: a child that hangs stays, also when nobody waits for it any more',
      'Give it a signal or a timeout. Or: command() of selfheal/io',
      { from: 1 },
    ),
  },
  {
    from: ['node:fs/promises', 'fs/promises', 'node:fs', 'fs'],
    callee: /^(?:(?:fs|fsp|fs\.promises|promises)\.)?(?:readFile|writeFile)$/,
    weight: 'look',
    judge: wants(
      ['signal'],
      'has no signal: on a disk that hangs (a network’s, a dying one) its caller waits for ever',
      'signal: AbortSignal.timeout(10_000). Or: files() of selfheal/io',
      { from: 1 },
    ),
  },
  {
    from: ['nodemailer'],
    callee: /^(?:nodemailer\.)?createTransport$/,
    judge: wants(
      ['connectionTimeout', 'socketTimeout'],
      'waits two minutes to connect and ten for an answer',
      'connectionTimeout: 5_000, socketTimeout: 15_000',
    ),
  },
  {
    from: ['amqplib'],
    callee: /^(?:amqp|amqplib)\.connect$/,
    judge: wants(
      ['timeout', 'heartbeat'],
      'has no connect timeout, and never connects again by itself',
      'Pass { timeout: 5_000 } as socket options, and reconnect on close',
    ),
  },
]

/** `postgres(new pg.Pool(…))`, `postgresClient(() => new …)`; or made under a name that is given to it: `postgres(pool)`. */
function isGuarded(by: string | undefined, code: string, at: number): boolean {
  if (by === undefined) return false
  const before = code.slice(Math.max(0, at - 200), at)
  if (new RegExp(`\\b${by}\\(\\s*(?:\\(\\)\\s*=>\\s*)?$`).test(before)) return true
  const name = /([\w$]+)\s*(?::[^=;]*)?=\s*(?:await\s+)?$/.exec(before)?.[1]
  return name !== undefined && new RegExp(`\\b${by}\\(\\s*${name.replaceAll('$', '\\$')}\\s*[,)]`).test(code)
}

/** What waits without end in one file. */
export function unguarded(path: string, written: string): readonly Finding[] {
  // require('knex')({…}) is knex({…}).
  const text = written.replace(/\brequire\(\s*(['"])knex\1\s*\)(?=\s*\()/g, found => 'knex'.padEnd(found.length))
  const code = blanked(text)
  const imports = new Set(
    [...written.matchAll(/(?:from\s*|require\(\s*|import\(\s*|import\s+)['"]([^'"]+)['"]/g)].map(match => match[1]!),
  )
  return KINDS.filter(kind => kind.from === undefined || kind.from.some(name => imports.has(name))).flatMap(kind =>
    callsOf(code, text, kind.callee).flatMap(call => {
      const judged = isGuarded(kind.guardedBy, code, call.at) ? undefined : kind.judge(call)
      if (judged === undefined) return []
      return [{ rule: 'unguarded', where: `${path}:${call.line}`, weight: kind.weight ?? 'broken', ...judged }]
    }),
  )
}
