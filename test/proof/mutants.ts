// Failovers with one thing taken away: the proof must fail on each of them, or it proves nothing.
import type { Ledger, Paid, Payment, Provider } from '../../src/failover/index.ts'

export const MUTANTS = ['key-not-saved', 'unknown-is-failed', 'ledger-off', 'reconciler-off'] as const
export type Mutant = (typeof MUTANTS)[number]

export function mutated(
  mutant: Mutant | undefined,
  ledger: Ledger,
  list: readonly Provider<Payment, Paid>[],
): { readonly ledger: Ledger; readonly list: readonly Provider<Payment, Paid>[] } {
  if (mutant === 'key-not-saved') return { ledger: lateLedger(ledger), list }
  if (mutant === 'unknown-is-failed') return { ledger, list: list.map(hasty) }
  return { ledger, list }
}

/** Writes what is being sent only when its answer is there. */
function lateLedger(ledger: Ledger): Ledger {
  const held = new Map<
    string,
    { readonly intent: Parameters<Ledger['write']>[0]; readonly version: number; readonly real: number }
  >()
  return {
    ...ledger,
    async read(failover, key) {
      const one = held.get(key)
      return one === undefined ? ledger.read(failover, key) : { intent: one.intent, version: one.version }
    },
    async write(intent, version) {
      const one = held.get(intent.key)
      const real = one?.real ?? version
      if (intent.attempts.at(-1)?.state === 'sent') {
        held.set(intent.key, { intent, version: version + 1, real })
        return true
      }
      held.delete(intent.key)
      return ledger.write(intent, real)
    },
  }
}

/** Takes "may have been done" for "was not done". */
function hasty(provider: Provider<Payment, Paid>): Provider<Payment, Paid> {
  return {
    ...provider,
    judge(answer) {
      const judgement = provider.judge(answer)
      return judgement.ran === 'maybe' ? { ran: 'no', blame: 'them' } : judgement
    },
    // A cut is an unknown too.
    call: (operation, params, call) =>
      Promise.race([
        provider.call(operation, params, call),
        new Promise<never>((_, reject) => setTimeout(() => reject(new Error('timeout')), call.remaining() * 0.9)),
      ]),
  }
}
