// What has no other, and what was never tried: a failover with one provider, a backup that was never exercised.
import type { Finding, Rule } from '../facts.ts'

export const alone: Rule = {
  name: 'alone',
  says: 'What takes money has two providers, and the second one has been used.',
  check({ parts }) {
    return parts
      .filter(part => part.kind === 'failover')
      .flatMap(part => {
        const providers = providersOf(part.snapshot)
        if (providers === undefined) return []
        const found = (says: string, mend: string): Finding => ({ rule: this.name, where: part.path, weight: 'look', says, mend })
        if (providers.length < 2)
          return [
            found(
              `it has one provider only (${providers[0]?.name ?? 'none'}): when that one is down, so is this`,
              'Add a second provider',
            ),
          ]
        return providers
          .slice(1)
          .filter(({ calls, workedMsAgo }) => calls === 0 || workedMsAgo === null)
          .map(({ name, calls }) =>
            found(
              `${name} ${calls === 0 ? 'was never called' : 'has never worked'} since this process began: a backup that is first tried in an outage is a hope`,
              `Send it a small share, or try it: selfheal drill provider-down`,
            ),
          )
      })
  },
}

interface Told {
  readonly name: string
  /** Health checks too. */
  readonly calls?: number
  readonly workedMsAgo?: number | null
}

function providersOf(snapshot: unknown): readonly Told[] | undefined {
  const providers = (snapshot as { providers?: unknown } | undefined)?.providers
  if (!Array.isArray(providers)) return undefined
  return providers.map(p => (typeof p === 'string' ? { name: p } : (p as Told)))
}
