// Pools of all processes together must fit into what the database takes, also while two generations overlap.
import { type Finding, isDriver, type Rule } from '../facts.ts'

export const connections: Rule = {
  name: 'connections',
  says: 'pool × (instances + one that overlaps + spares) ≤ max_connections − reserved.',
  check({ parts, databases, instances, spares }) {
    return databases.flatMap(database => {
      const pools = parts.filter(part => isDriver(part, database.kind)).map(sizeOf)
      const each = pools.reduce((sum, size) => sum + size, 0)
      const processes = instances + 1 + spares
      const room = database.maxConnections - database.reserved
      const most = Math.max(1, Math.floor(room / processes / Math.max(1, pools.length)))
      if (each === 0 || each * processes <= room) return []
      return [
        {
          rule: this.name,
          where: database.name,
          weight: 'broken',
          says: `pools of ${each} × ${processes} processes (${instances}, one that overlaps at a reload${spares > 0 ? `, ${spares} spare` : ''}) may ask for ${each * processes} connections; the database takes ${room}`,
          mend: `A pool's max of at most ${most}, or a pooler in between`,
          patch: database.kind === 'postgres' ? `new pg.Pool({ max: ${most} })` : `createPool({ connectionLimit: ${most} })`,
        } satisfies Finding,
      ]
    })
  },
}

/** Of its full size, not of what a ramp lets in just now. */
function sizeOf(part: { readonly snapshot?: unknown }): number {
  const size = (part.snapshot as { size?: unknown } | undefined)?.size
  return typeof size === 'number' ? size : 0
}
