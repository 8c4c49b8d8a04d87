// The global off switch, from outside: every drill of this user on this machine notes that it runs; `selfheal drill --off` ends them all,
// which heals what they broke. One that does not hear is killed: then its leases heal.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

const folder = () => join(tmpdir(), `selfheal-drills-${process.getuid?.() ?? 0}`)
const PATIENCE_MS = 15_000

/** From here on --off finds this process. */
export function noteDrill(says: string): () => void {
  const file = join(folder(), String(process.pid))
  mkdirSync(folder(), { recursive: true, mode: 0o700 })
  writeFileSync(file, says)
  return () => rmSync(file, { force: true })
}

export interface Ended {
  readonly pid: number
  readonly says: string
  readonly how: 'ended' | 'killed'
}

/** Ends every drill, and resolves when none is left. */
export async function drillsOff(): Promise<readonly Ended[]> {
  const ended = await Promise.all(
    running().map(async ({ pid, says }): Promise<Ended> => {
      process.kill(pid, 'SIGTERM')
      const endMs = performance.now() + PATIENCE_MS
      while (isDrill(pid) && performance.now() < endMs) await wait(50)
      if (!isDrill(pid)) return { pid, says, how: 'ended' }
      process.kill(pid, 'SIGKILL')
      return { pid, says, how: 'killed' }
    }),
  )
  for (const { pid } of ended) rmSync(join(folder(), String(pid)), { force: true })
  return ended
}

function running(): readonly { readonly pid: number; readonly says: string }[] {
  let names: string[] = []
  try {
    names = readdirSync(folder())
  } catch {
    return []
  }
  return names
    .map(Number)
    .filter(pid => pid > 0 && pid !== process.pid && isDrill(pid))
    .map(pid => ({ pid, says: readFileSync(join(folder(), String(pid)), 'utf8') }))
}

/** Its number may be somebody else's by now. */
function isDrill(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return process.platform !== 'linux' || /\bdrill\b/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
  } catch {
    return false
  }
}
