// The spool's rows and their counts: what is accepted, applied, dead. Every change keeps accepted = applied + dead + pending. Knows no
// time but what it is told, and must run inside a transaction of writer.ts where it writes.
import type { DatabaseSync } from 'node:sqlite'

export type ItemState = 'pending' | 'applied' | 'dead' | 'dropped'

export interface Item {
  readonly id: number
  readonly key: string
  readonly line: string
  readonly kind: string
  readonly body: string | null
  readonly digest: string
  readonly state: ItemState
  readonly accepted_at: number
  readonly ended_at: number | null
  readonly tries: number
  readonly next_at: number
  readonly reason: string | null
}
export interface Counts {
  readonly accepted: number
  readonly applied: number
  /** Dropped ones too. */
  readonly dead: number
  readonly pending: number
  readonly pendingBytes: number
}
export interface NewItem {
  readonly key: string
  readonly line: string
  readonly kind: string
  readonly body: string
  readonly digest: string
  readonly bytes: number
  readonly at: number
}

const SHORT_REASON = 500

export function spoolItems(db: DatabaseSync) {
  const find = db.prepare('SELECT * FROM items WHERE key = ?')
  const insert = db.prepare('INSERT INTO items (key, line, kind, body, digest, bytes, accepted_at) VALUES (?, ?, ?, ?, ?, ?, ?)')
  const total = db.prepare(
    'UPDATE totals SET accepted = accepted + ?, applied = applied + ?, dead = dead + ?, pending_bytes = pending_bytes + ?',
  )
  const totals = db.prepare('SELECT accepted, applied, dead, pending_bytes FROM totals')
  const end = db.prepare(
    "UPDATE items SET state = ?, ended_at = ?, tries = ?, reason = ?, body = CASE ? WHEN 'applied' THEN NULL ELSE body END WHERE id = ? AND state = 'pending' RETURNING bytes",
  )
  const again = db.prepare("UPDATE items SET tries = ?, next_at = ?, reason = ? WHERE id = ? AND state = 'pending'")
  const heads = db.prepare(
    `SELECT * FROM items i WHERE state = 'pending' AND next_at <= ?
     AND NOT EXISTS (SELECT 1 FROM items j WHERE j.state = 'pending' AND j.line = i.line AND j.id < i.id)
     ORDER BY id LIMIT ?`,
  )
  const letters = db.prepare("SELECT count(*) AS n FROM items WHERE state = 'dead'")
  const list = db.prepare('SELECT * FROM items WHERE state = ? ORDER BY id LIMIT ?')
  const revive = db.prepare(
    "UPDATE items SET state = 'pending', tries = 0, next_at = 0, ended_at = NULL, reason = NULL WHERE key = ? AND state = 'dead' RETURNING bytes",
  )
  const drop = db.prepare("UPDATE items SET state = 'dropped', body = NULL, ended_at = ? WHERE key = ? AND state = 'dead'")
  const prune = db.prepare("DELETE FROM items WHERE state IN ('applied', 'dropped') AND ended_at < ?")

  const counts = (): Counts => {
    const {
      accepted,
      applied,
      dead,
      pending_bytes: pendingBytes,
    } = totals.get() as unknown as Omit<Counts, 'pendingBytes'> & { pending_bytes: number }
    return { accepted, applied, dead, pending: accepted - applied - dead, pendingBytes }
  }

  return Object.freeze({
    counts,
    find: (key: string) => find.get(key) as unknown as Item | undefined,
    /** The oldest of each line, of those that need not wait any more. */
    heads: (wall: number, most: number) => heads.all(wall, most) as unknown as Item[],
    /** Dead letters that nobody has looked after yet. */
    letters: () => Number(letters.get()!['n']),
    list: (state: ItemState, most: number) => list.all(state, most) as unknown as Item[],
    add({ key, line, kind, body, digest, bytes, at }: NewItem) {
      insert.run(key, line, kind, body, digest, bytes, at)
      total.run(1, 0, 0, bytes)
    },
    end(id: number, state: 'applied' | 'dead', at: number, tries: number, reason: string | null) {
      const ended = end.get(state, at, tries, reason?.slice(0, SHORT_REASON) ?? null, state, id) as { bytes: number } | undefined
      if (ended !== undefined) total.run(0, state === 'applied' ? 1 : 0, state === 'dead' ? 1 : 0, -ended.bytes)
      return ended !== undefined
    },
    again: (id: number, tries: number, nextAt: number, reason: string) =>
      void again.run(tries, nextAt, reason.slice(0, SHORT_REASON), id),
    revive(key: string) {
      const one = revive.get(key) as { bytes: number } | undefined
      if (one !== undefined) total.run(0, 0, -1, one.bytes)
      return one !== undefined
    },
    drop: (key: string, at: number) => Number(drop.run(at, key).changes) > 0,
    prune: (before: number) => Number(prune.run(before).changes),
  })
}

export type SpoolItems = ReturnType<typeof spoolItems>
