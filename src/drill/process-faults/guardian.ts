// A guardian undoes what was done to another process, in three cases: it is told to, the time is over, or the drill is gone by whatever
// end (its stdin ends). A process of its own, so that a kill -9 of the drill leaves nobody stopped or starved.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { SelfhealError } from '../../core/index.ts'
import { checkTimeToLive, type Heal, inForce } from '../in-force.ts'

export interface Guarded {
  readonly says: string
  readonly forMs: number
  /** Puts the fault in. Runs when the guardian is ready to undo it. */
  readonly inject: () => void
  /** The command that undoes it, once more than needed doing no harm. */
  readonly undo: readonly [string, ...string[]]
}

/** Written for any Node, with nothing to import from here: it must work while everything else is broken. */
const GUARDIAN = `
const [ms, ...argv] = process.argv.slice(1)
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => {})
const undo = () => { require('node:child_process').spawnSync(argv[0], argv.slice(1), { stdio: 'ignore' }); process.exit(0) }
setTimeout(undo, Number(ms))
process.stdin.on('end', undo).on('error', undo).resume()
process.stdout.write('ready\\n')
`

/** Resolves when the fault is in. */
export async function guarded({ says, forMs, inject, undo }: Guarded): Promise<Heal> {
  checkTimeToLive(says, forMs)
  const child = spawn(process.execPath, ['-e', GUARDIAN, String(forMs), ...undo], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { PATH: process.env['PATH'] },
    detached: true,
  })
  const exited = once(child, 'exit')
  const ready = await Promise.race([once(child.stdout, 'data').then(() => true), exited.then(() => false)])
  if (!ready)
    throw new SelfhealError(
      'SELFHEAL_DRILL_FAULT',
      `'${says}' was not done: nobody could see to its end.`,
      'Is the machine out of memory or processes?',
    )
  child.stdout.destroy()
  child.stdin.on('error', () => {})
  try {
    inject()
  } catch (error) {
    child.stdin.end()
    throw error
  }
  return inForce({
    says,
    forMs: forMs + 250,
    heal: async () => {
      child.stdin.end()
      await exited
    },
  })
}
