// The ledger in one SQLite file, the default: for one machine. Several lives of one program may overlap on it: a file that is locked is
// asked again by our clock, never waited for. What is written is on the disk when it resolves, a power cut included; what can be proved
// anew is only given to the system, which outlives us.
import { type Clock, type Json, SelfhealError, systemClock } from '../core/index.ts'
import { isBusy, openStore, type Store, storeError } from '../store/index.ts'
import type { Intent } from './intent.ts'
import { type Kept, type Ledger, rowOf } from './ledger.ts'

export interface SqliteLedgerOptions {
  /** Its folder must exist. A damaged file is refused: it may hold what was paid. */
  readonly file: string
  readonly clock?: Clock
  /** How long a locked file is asked again before the call is refused. Default 2 s. */
  readonly patienceMs?: number
}

const MIGRATIONS = [
  `CREATE TABLE intent (failover TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, state TEXT NOT NULL, due REAL, twice INTEGER NOT NULL,
     made REAL NOT NULL, decided REAL, record TEXT NOT NULL, PRIMARY KEY (failover, key)) STRICT, WITHOUT ROWID;
   CREATE INDEX intent_due ON intent (failover, due) WHERE due IS NOT NULL;
   CREATE INDEX intent_open ON intent (failover, state, made) WHERE state IN ('open', 'pending', 'unresolved');
   CREATE INDEX intent_twice ON intent (failover) WHERE twice = 1;
   CREATE INDEX intent_decided ON intent (failover, decided) WHERE decided IS NOT NULL;
   CREATE TABLE provider_key (failover TEXT NOT NULL, provider_key TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (failover, provider_key)) STRICT, WITHOUT ROWID;
   CREATE TABLE note (failover TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (failover, name)) STRICT, WITHOUT ROWID`,
]
const RETRY_MS = [1, 2, 4, 8, 15, 25]
/** Beyond so many writes the log is moved into the file, which takes some milliseconds. */
const CHECKPOINT_EVERY = 1_000

export function sqliteLedger({ file, clock = systemClock, patienceMs = 2_000 }: SqliteLedgerOptions): Ledger {
  let store: Store | undefined
  let writes = 0
  const statements = new Map<string, ReturnType<Store['db']['prepare']>>()
  const sql = (text: string) => {
    const known = statements.get(text) ?? opened().db.prepare(text)
    statements.set(text, known)
    return known
  }
  let full = true
  /** Whether the next transactions wait for the disk. */
  const toDisk = (yes: boolean) => {
    if (yes === full) return
    opened().db.exec(`PRAGMA synchronous = ${yes ? 'FULL' : 'NORMAL'}`)
    full = yes
  }
  const opened = () => (store ??= openStore(file, { migrations: MIGRATIONS, synchronous: 'FULL' }))

  /** Until it is done, or the file has been locked for too long. */
  const patiently = async <T>(fn: () => T): Promise<T> => {
    const end = clock.now() + patienceMs
    for (let n = 0; ; n++) {
      try {
        return fn()
      } catch (error) {
        const busy = isBusy(error) || (error instanceof SelfhealError && error.code === 'SELFHEAL_STORE_BUSY')
        if (!busy || clock.now() >= end) throw storeError(error, file)
        await new Promise<void>(resolve =>
          clock.after(RETRY_MS[Math.min(n, RETRY_MS.length - 1)]! * (0.5 + Math.random()), resolve),
        )
      }
    }
  }
  const keptOf = (row: Row | undefined): Kept | undefined =>
    row === undefined ? undefined : { intent: JSON.parse(String(row['record'])) as Intent, version: Number(row['version']) }
  const read = (failover: string, key: string) =>
    keptOf(sql('SELECT record, version FROM intent WHERE failover = ? AND key = ?').get(failover, key))

  const insert = (intent: Intent, row: ReturnType<typeof rowOf>) =>
    sql(`INSERT INTO intent (failover, key, version, state, due, twice, made, decided, record) VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`).run(
      intent.failover, intent.key, row.state, row.due, row.twice, row.made, intent.decidedAt ?? null, JSON.stringify(intent)) // biome-ignore format: one row
  const update = (intent: Intent, row: ReturnType<typeof rowOf>, version: number) =>
    sql(`UPDATE intent SET version = version + 1, state = ?, due = ?, twice = ?, decided = ?, record = ? WHERE failover = ? AND key = ? AND version = ?`).run(
      row.state, row.due, row.twice, intent.decidedAt ?? null, JSON.stringify(intent), intent.failover, intent.key, version) // biome-ignore format: one row

  return Object.freeze({
    kind: 'sqlite',
    wall: () => clock.wall(),
    read: (failover, key) => patiently(() => read(failover, key)),
    find: (failover, providerKey) =>
      patiently(() => {
        const row = sql('SELECT key FROM provider_key WHERE failover = ? AND provider_key = ?').get(failover, providerKey)
        return row === undefined ? undefined : read(failover, String(row['key']))
      }),
    async write(intent, version, { provable = false } = {}) {
      const row = rowOf(intent)
      const done = await patiently(() => {
        toDisk(!provable)
        return opened().transaction(() => {
          const { changes } = version === 0 ? insert(intent, row) : update(intent, row, version)
          if (Number(changes) !== 1) return false
          for (const key of row.keys)
            sql('INSERT INTO provider_key (failover, provider_key, key) VALUES (?, ?, ?) ON CONFLICT DO NOTHING').run(
              intent.failover,
              key,
              intent.key,
            )
          return true
        })
      })
      // Another life may hold it just now: the next one does it.
      if (done && ++writes % CHECKPOINT_EVERY === 0)
        try {
          opened().checkpoint()
        } catch {}
      return done
    },
    work: (failover, now, limit) =>
      patiently(() => {
        const due = sql('SELECT record, version FROM intent WHERE failover = ? AND due <= ? ORDER BY due LIMIT ?').all(
          failover,
          now,
          limit,
        )
        const counts: Record<string, number> = {}
        let oldest: number | undefined
        for (const row of sql(
          `SELECT state, count(*) AS n, min(made) AS oldest FROM intent WHERE failover = ? AND state IN ('open', 'pending', 'unresolved') GROUP BY state`,
        ).all(failover)) {
          counts[String(row['state'])] = Number(row['n'])
          if (row['state'] !== 'unresolved') oldest = Math.min(oldest ?? Number.POSITIVE_INFINITY, Number(row['oldest']))
        }
        const twice = Number(sql('SELECT count(*) AS n FROM intent WHERE failover = ? AND twice = 1').get(failover)!['n'])
        return {
          due: due.map(row => keptOf(row)!),
          counts: {
            open: counts['open'] ?? 0,
            pending: counts['pending'] ?? 0,
            unresolved: counts['unresolved'] ?? 0,
            twice,
            ...(oldest === undefined ? {} : { oldest }),
          },
        }
      }),
    list: (failover, { state, limit = 100 } = {}) =>
      patiently(() => {
        const where = state === undefined ? '' : state === 'twice' ? 'AND twice = 1' : 'AND state = ?'
        const words = state === undefined || state === 'twice' ? [failover, limit] : [failover, state, limit]
        return sql(`SELECT record FROM intent WHERE failover = ? ${where} ORDER BY made DESC LIMIT ?`)
          .all(...words)
          .map(row => JSON.parse(String(row['record'])) as Intent)
      }),
    note: (failover, name) =>
      patiently(() => {
        const row = sql('SELECT value FROM note WHERE failover = ? AND name = ?').get(failover, name)
        return row === undefined ? undefined : (JSON.parse(String(row['value'])) as Json)
      }),
    setNote: (failover, name, value) =>
      patiently(() => {
        toDisk(true)
        sql(
          'INSERT INTO note (failover, name, value) VALUES (?, ?, ?) ON CONFLICT (failover, name) DO UPDATE SET value = excluded.value',
        ).run(failover, name, JSON.stringify(value))
      }),
    prune: (failover, before) =>
      patiently(() =>
        opened().transaction(() => {
          const gone = 'FROM intent WHERE failover = ?1 AND decided < ?2 AND due IS NULL AND twice = 0'
          sql(`DELETE FROM provider_key WHERE failover = ?1 AND key IN (SELECT key ${gone})`).run(failover, before)
          return Number(sql(`DELETE ${gone}`).run(failover, before).changes)
        }),
      ),
    async close() {
      statements.clear()
      store?.close()
      store = undefined
      full = true
    },
  } satisfies Ledger)
}

type Row = Record<string, unknown>
