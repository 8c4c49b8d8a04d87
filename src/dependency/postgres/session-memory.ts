// What a connection was told that a new one must be told again: its settings and the channels it listens to. Nothing else: temporary
// tables, advisory locks and cursors are the lost connection's, and only the app knows what they meant.

export interface SessionMemory {
  /** A statement has succeeded. */
  ran(sql: string | undefined): void
  listens(): boolean
  /** Statements, in order. */
  replay(): readonly string[]
}

const TOLD = /^\s*(listen|unlisten|set|reset|discard)\b/i

export function sessionMemory(): SessionMemory {
  const channels = new Set<string>()
  const settings = new Map<string, string>()
  return Object.freeze({
    ran(sql: string | undefined) {
      if (sql === undefined || !TOLD.test(sql)) return
      for (const statement of sql.split(';').map(s => s.trim())) {
        const [, verb, rest] = /^(\w+)\s+([\s\S]+)$/.exec(statement) ?? []
        if (verb === undefined || rest === undefined) continue
        const word = verb.toLowerCase()
        if (word === 'listen') channels.add(rest)
        else if (word === 'unlisten') rest === '*' ? channels.clear() : channels.delete(rest)
        else if (word === 'reset') /^all$/i.test(rest) ? settings.clear() : settings.delete(rest.toLowerCase())
        else if (word === 'discard' && /^all$/i.test(rest)) {
          channels.clear()
          settings.clear()
        } else if (word === 'set' && !/^(local|transaction|constraints)\b/i.test(rest)) {
          const name = /^(?:session\s+)?([\w.]+(?:\s+zone)?)/i.exec(rest)?.[1]?.toLowerCase()
          if (name !== undefined) settings.set(name, statement)
        }
      }
    },
    listens: () => channels.size > 0,
    replay: () => [...settings.values(), ...[...channels].map(channel => `listen ${channel}`)],
  })
}
