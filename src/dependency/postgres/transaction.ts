// Where a client that heals is in its transactions, so that the second half of one is never run alone on a new connection: when the connection
// is lost inside of one, all is refused until the app ends it or begins anew, as PostgreSQL itself does after an error.
//
//   idle ─ begin ─► in one ─ its end ─► idle
//                     │ connection lost
//                     ▼
//                   lost: refuses ─ rollback (answered), commit (refused), begin ─► idle
import type { PgClient } from './driver.ts'

export interface Transaction {
  follow(client: PgClient): void
  idle(): boolean
  /** Its connection is gone; in the middle of one, when its caller knows that better. */
  lost(inside?: boolean): void
  /** What becomes of this statement: sent; refused; or answered here, for there is nothing to roll back. */
  fate(sql: string | undefined): 'send' | 'refuse' | 'done'
  /** The app has ended it, and its connection with it. */
  over(): void
}

/** The app is done with its transaction, whatever comes of this. */
export const endsOne = (sql: string | undefined) => /^\s*(rollback|abort|commit|end)\b(?![\s\S]*\bto\b)/i.test(sql ?? '')

export const beginsOne = (sql: string | undefined) => /^\s*(begin|start)\b/i.test(sql ?? '')

/** What PostgreSQL answers to a rollback. */
export const NOTHING = Object.freeze({ command: 'ROLLBACK', rowCount: null, oid: null, rows: [], fields: [] })

export function transaction(): Transaction {
  let status = 'I'
  let followed: PgClient | undefined
  let lost = false
  return Object.freeze({
    follow(client: PgClient) {
      followed = client
      status = 'I'
      client.connection.on('readyForQuery', (message: { status?: string }) => {
        if (client === followed) status = message.status ?? 'I'
      })
    },
    idle: () => status === 'I',
    lost(inside = status !== 'I') {
      lost ||= inside
      followed = undefined
      status = 'I'
    },
    fate(sql: string | undefined) {
      if (!lost) return 'send'
      const says = sql?.trim() ?? ''
      if (beginsOne(says)) {
        lost = false
        return 'send'
      }
      if (!endsOne(says)) return 'refuse'
      lost = false
      return /^(rollback|abort)/i.test(says) ? 'done' : 'refuse'
    },
    over() {
      lost = false
      followed = undefined
      status = 'I'
    },
  })
}
