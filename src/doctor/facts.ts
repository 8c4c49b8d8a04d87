// What doctor looks at, as plain data: what the running parts say is in force, the databases' own settings, what stands in front and above.
// Collecting it is others' (parts by the control socket, databases by database.ts); judging it is rules/. Pure.
import type { Json, Setting } from '../core/index.ts'

export interface PartFacts {
  readonly path: string
  readonly kind: string
  readonly settings: readonly Setting[]
  readonly snapshot?: Json
}
/** What stands in front of the app: 'alb', 'nginx', … */
export interface Behind {
  readonly name: string
  /** It closes a connection that was idle for so long. */
  readonly idleMs: number
  /** It answers in the app's place after so long. null: never. */
  readonly answerMs: number | null
}
/** What stops the app: 'docker', 'kubernetes', 'systemd'. */
export interface Above {
  readonly name: string
  readonly stopMs: number
}
export interface DatabaseFacts {
  /** Of the part that uses it, where that is known; else host and name. */
  readonly name: string
  readonly kind: 'postgres' | 'mysql'
  readonly settings: Readonly<Record<string, string>>
  readonly maxConnections: number
  readonly reserved: number
  /** A pooler between us and it: nothing may be SET per session. */
  readonly pooled: boolean
}
export interface Facts {
  readonly parts: readonly PartFacts[]
  readonly behind?: Behind
  readonly above?: Above
  readonly databases: readonly DatabaseFacts[]
  /** Processes of the app on all machines, spares not counted. */
  readonly instances: number
  readonly spares: number
}
export interface Finding {
  /** Of the rule that is broken. */
  readonly rule: string
  /** The part, database or place in the code it is about. */
  readonly where: string
  /** What is wrong, with its figures. */
  readonly says: string
  /** What to do, as a sentence or a line of code. */
  readonly mend: string
  /** Lines to paste, where they can be known: code, SQL or configuration. */
  readonly patch?: string
  /** broken: doctor's verdict is no. look: worth a look. */
  readonly weight: 'broken' | 'look'
}
export interface Rule {
  readonly name: string
  /** The rule itself, in one line. */
  readonly says: string
  check(facts: Facts): readonly Finding[]
}

/** Levels of one part by name; of several with one name the shortest. A level that is null has no end. */
export function levels(part: PartFacts): (level: string) => number | null | undefined {
  return level => {
    let found: number | null | undefined
    for (const setting of part.settings) {
      if (setting.level !== level) continue
      if (found === undefined || found === null) found = setting.valueMs
      else if (setting.valueMs !== null) found = Math.min(found, setting.valueMs)
    }
    return found
  }
}

export const endless = (ms: number | null | undefined): ms is null => ms === null
export const known = (ms: number | null | undefined): ms is number => typeof ms === 'number'

/** A dependency of this driver. */
export function isDriver({ kind, snapshot }: PartFacts, driver: string): boolean {
  return kind === driver || (kind === 'dependency' && (snapshot as { driver?: unknown } | null | undefined)?.driver === driver)
}
