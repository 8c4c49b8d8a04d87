// Start, stop and restart of programs by hand. A stopped program's ports stay held, and a stand-in says so on them; it leaves when the
// program is ready again. Started again, whatever it did before is forgotten.
import { type Json, SelfhealError } from '../core/index.ts'
import type { Supervisor } from '../supervisor/index.ts'
import type { Roster } from './roster.ts'
import { programsNamed, whyOf } from './whole.ts'

const standInId = (of: string) => `${of}~standby`

export function switching(roster: Roster, tree: () => Supervisor) {
  const stateOf = (id: string) =>
    tree()
      .whichChildren()
      .find(child => child.id === id)?.state

  const leave = async (of: string) => {
    if (stateOf(standInId(of)) === undefined) return
    await tree().terminateChild(standInId(of))
    tree().deleteChild(standInId(of))
  }
  const failed = (id: string, error: unknown) =>
    new SelfhealError(
      'SELFHEAL_NOT_STARTED',
      `${id} did not start: ${whyOf(error)}`,
      'Mend it, and start it again: selfheal start.',
      error,
    )

  return Object.freeze({
    async start(args: Json): Promise<Json> {
      const started: string[] = []
      const ran: string[] = []
      for (const of of programsNamed(roster, args)) {
        for (const { id } of roster.places(of)) {
          const state = stateOf(id)
          if (state === 'running') {
            ran.push(id)
            continue
          }
          try {
            await (state === 'waiting' ? tree().replace(id) : tree().restartChild(id))
          } catch (error) {
            throw failed(id, error)
          }
          started.push(id)
        }
        await leave(of)
      }
      return { started, ran }
    },

    async stop(args: Json): Promise<Json> {
      const stopped: string[] = []
      for (const of of [...programsNamed(roster, args)].reverse()) {
        for (const { id, component } of [...roster.places(of)].reverse()) {
          if (stateOf(id) === 'stopped') continue
          await tree().terminateChild(id)
          await component.release()
          stopped.push(id)
        }
        if (roster.ports(of).list().length > 0 && stateOf(standInId(of)) === undefined)
          await tree().startChild({ id: standInId(of), component: roster.standIn(of), restart: 'permanent', shutdown: '3s' })
      }
      return { stopped }
    },

    async restart(args: Json): Promise<Json> {
      const restarted: Json[] = []
      for (const of of programsNamed(roster, args)) {
        for (const { id } of roster.places(of)) {
          try {
            const child = await (stateOf(id) === 'stopped' ? tree().restartChild(id) : tree().replace(id, { stopFirst: true }))
            restarted.push({ id, pid: child === 'ignore' ? null : ((child.handle as { pid?: number }).pid ?? null) })
          } catch (error) {
            throw failed(id, error)
          }
        }
        await leave(of)
      }
      return { restarted }
    },
  })
}
