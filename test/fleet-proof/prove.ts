// Many histories from one seed on, and what was wrong with them.
import { check } from './check.ts'
import { type Mutant, run } from './run.ts'

export interface Proof {
  readonly runs: number
  readonly effects: number
  readonly refused: number
  readonly takeovers: number
  readonly restarts: number
  readonly decisions: number
  /** By seed. */
  readonly violations: readonly { readonly seed: number; readonly says: readonly string[] }[]
}

/** `most`: stops after so many histories with violations. */
export async function prove(
  from: number,
  runs: number,
  mutant: Mutant = 'none',
  { most = Number.POSITIVE_INFINITY, done }: { readonly most?: number; readonly done?: (runs: number) => void } = {},
): Promise<Proof> {
  const sum = { runs: 0, effects: 0, refused: 0, takeovers: 0, restarts: 0, decisions: 0 }
  const violations: { seed: number; says: readonly string[] }[] = []
  for (let seed = from; seed < from + runs && violations.length < most; seed++) {
    const history = await run(seed, mutant)
    const says = check(history)
    if (says.length > 0) violations.push({ seed, says })
    sum.runs++
    sum.effects += history.effects.length
    sum.refused += history.effects.filter(one => !one.accepted).length
    sum.takeovers += history.tokens.length
    sum.restarts += new Set(history.restarts.map(one => one.token)).size
    sum.decisions += new Set(history.heard.map(one => one.epoch)).size
    done?.(sum.runs)
  }
  return { ...sum, violations }
}
