// Behind a pooler in transaction mode a session is lent, not owned.
import type { Finding, Rule } from '../facts.ts'

const CEILINGS = [
  ['statement_timeout', '5s'],
  ['lock_timeout', '2s'],
  ['idle_in_transaction_session_timeout', '30s'],
  ['client_connection_check_interval', '500ms'],
] as const

export const pooler: Rule = {
  name: 'pooler',
  says: 'Behind a pooler nothing is SET for a session: role defaults, or SET LOCAL in a transaction.',
  check({ databases }) {
    return databases
      .filter(database => database.pooled)
      .map(
        database =>
          ({
            rule: this.name,
            where: database.name,
            weight: 'look',
            says: 'a pooler stands in between: ceilings can’t be set per connection, for they would leak to other clients',
            mend: "alter role current_user set statement_timeout = '5s'; (and lock_timeout, idle_in_transaction_session_timeout, client_connection_check_interval)",
            patch: CEILINGS.map(([name, value]) => `alter role current_user set ${name} = '${value}';`).join('\n'),
          }) satisfies Finding,
      )
  },
}
