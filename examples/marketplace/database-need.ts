// What the marketplace can expect of its database just now, as a need: asked every half second by a query of its own.
import type pg from 'pg'
import { type Need, settableNeed } from 'selfheal/core'

const EVERY_MS = 500

export function databaseNeed(pool: pg.Pool): Need {
  const since = () => Date.now()
  const need = settableNeed('database', { usable: 'full', state: 'unknown', causes: [], since: since() })
  const look = async () => {
    try {
      const { rows } = await pool.query<{ off: string }>("select current_setting('transaction_read_only') as off")
      const usable = rows[0]?.off === 'on' ? 'read' : 'full'
      need.set({ usable, state: usable === 'full' ? 'up' : 'readonly', causes: [], since: since() })
    } catch (error) {
      const causes = [{ code: 'DATABASE_DOWN', says: (error as Error).message, since: since() }]
      if (need.reading().usable !== 'none') need.set({ usable: 'none', state: 'down', causes, since: since() })
    }
    setTimeout(look, EVERY_MS).unref()
  }
  void look()
  return need
}
