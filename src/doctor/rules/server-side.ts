// The database must let go of clients that are gone: by itself, for a client that died can't ask.
import { type Finding, isDriver, type Rule } from '../facts.ts'

const WANTED: readonly (readonly [string, string, string, readonly string[]])[] = [
  [
    'client_connection_check_interval',
    '500ms',
    'a query whose client died runs on to its end, holding its locks',
    ['client-check'],
  ],
  [
    'idle_in_transaction_session_timeout',
    '30s',
    'a transaction that was forgotten holds its locks for ever',
    ['idle-in-transaction'],
  ],
  ['statement_timeout', '5s', 'a statement may run for ever', ['statement']],
  ['lock_timeout', '2s', 'a statement may wait for a lock for ever', ['lock']],
  ['tcp_user_timeout', '10s', 'a client whose cable was pulled is kept for a quarter of an hour', ['tcp']],
]

export const serverSide: Rule = {
  name: 'server-side',
  says: 'The database ends what nobody waits for any more.',
  check({ databases, parts }) {
    return databases
      .filter(database => database.kind === 'postgres')
      .flatMap(database =>
        WANTED.flatMap(([name, value, why, levels]) => {
          const off = /^0(ms|s)?$/.test(database.settings[name] ?? '')
          // Set per connection by a dependency of ours.
          const ours =
            !database.pooled &&
            parts.some(p => isDriver(p, 'postgres') && p.settings.some(s => levels.includes(s.level) && s.valueMs !== null))
          if (!off || ours) return []
          return [
            {
              rule: this.name,
              where: database.name,
              weight: 'broken',
              says: `${name} is off: ${why}`,
              mend: `alter role current_user set ${name} = '${value}';`,
              patch: `alter role current_user set ${name} = '${value}';`,
            } satisfies Finding,
          ]
        }),
      )
  },
}
