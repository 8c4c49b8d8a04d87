// Tells the selfheal that runs here, if one does, that a drill begins and how it ended: its journal keeps both, and who must know is told.
// Never rejects: a drill is not spoilt by nobody hearing of it.
import type { ControlClient } from '../control/index.ts'
import type { Json } from '../core/index.ts'

export interface ToldDrill {
  readonly drill: string
  readonly of: string
  readonly stage: 'copy' | 'here'
  readonly without: readonly string[]
}
export interface DrillVerdict {
  readonly verdict: string
  readonly checks: readonly { readonly promise: string; readonly kept: boolean; readonly says: string }[]
  readonly mend: string | null
  readonly again: string
  readonly regressed: boolean
}

/** Call what comes back once, with how it ended; undefined: it was stopped before its verdict. */
export async function tellDrill(
  client: Pick<ControlClient, 'parts' | 'act'> | undefined,
  of: ToldDrill,
): Promise<(ended: DrillVerdict | undefined) => Promise<void>> {
  const who = { by: process.env['USER'] ?? 'cli', why: 'a drill' }
  const say = async (verb: string, more: Readonly<Record<string, unknown>>) => {
    try {
      const path = (await client?.parts())?.parts.find(one => one.kind === 'drills')?.path
      return path === undefined ? undefined : await client?.act(path, verb, { ...of, ...more } as Json, who)
    } catch {
      // Nothing runs here, or it has just gone: the report says it all the same.
      return undefined
    }
  }
  const began = (await say('began', { pid: process.pid })) as { readonly id?: string } | undefined
  return async ended => {
    const begun = began?.id === undefined ? {} : { began: began.id }
    if (ended === undefined) return void (await say('ended', { ...begun, verdict: 'stopped' }))
    const { checks, verdict, mend, again, regressed } = ended
    const says = (kept: boolean) => checks.filter(one => one.kept === kept).map(one => `${one.promise}: ${one.says}`)
    await say('ended', {
      ...begun,
      verdict,
      proved: says(true),
      broke: says(false),
      regressed,
      ...(mend === null ? {} : { mend }),
      again,
    })
  }
}
