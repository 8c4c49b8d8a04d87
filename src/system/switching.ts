// Start, stop and restart of programs by hand. A stopped program's ports stay held, and a stand-in says so on them; it leaves when the
// program is ready again. Started again, whatever it did before is forgotten. What is stopped stays so, whatever becomes of the others.
import { type Events, type Json, SelfhealError } from '../core/index.ts'
import { type Root, type Supervisor, startRoot, supervisor } from '../supervisor/index.ts'
import type { Roster } from './roster.ts'
import { programsNamed, whyOf } from './whole.ts'

const standInId = (of: string) => `${of}~standby`

export function switching(name: string, events: Events, roster: Roster, tree: () => Supervisor) {
  /** Apart from the programs: their strategy is not for what stands in for them. */
  let standIns: Promise<Root<Supervisor>> | undefined
  const standInTree = async () => {
    standIns ??= startRoot(supervisor({ children: [], budget: 'child', exhausted: { retryEvery: '60s' }, events }), {
      path: name,
      events,
    })
    return (await standIns).handle
  }
  const stateOf = (id: string) =>
    tree()
      .whichChildren()
      .find(child => child.id === id)?.state

  const isDown = (id: string) => [undefined, 'stopped'].includes(stateOf(id))

  const standsIn = async (of: string) => (await standInTree()).whichChildren().some(({ id }) => id === standInId(of))
  const leave = async (of: string) => {
    if (standIns === undefined || !(await standsIn(of))) return
    await (await standInTree()).terminateChild(standInId(of))
    ;(await standInTree()).deleteChild(standInId(of))
  }
  /** One that was to run once, and has, is not known any more. */
  const begin = (id: string) => {
    if (stateOf(id) !== undefined) return tree().restartChild(id)
    return tree().startChild(roster.specs().find(spec => spec.id === id)!)
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
        roster.hold(of, false)
        for (const { id } of roster.places(of)) {
          const state = stateOf(id)
          if (state === 'running') {
            ran.push(id)
            continue
          }
          try {
            await (state === 'waiting' ? tree().replace(id) : begin(id))
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
        roster.hold(of, true)
        for (const { id, component } of [...roster.places(of)].reverse()) {
          if (isDown(id)) continue
          await tree().terminateChild(id)
          await component.release()
          stopped.push(id)
        }
        if (roster.ports(of).list().length > 0 && !(await standsIn(of)))
          await (await standInTree()).startChild({
            id: standInId(of),
            component: roster.standIn(of),
            restart: 'permanent',
            shutdown: '3s',
          })
      }
      return { stopped }
    },

    async restart(args: Json): Promise<Json> {
      const restarted: Json[] = []
      for (const of of programsNamed(roster, args)) {
        roster.hold(of, false)
        for (const { id } of roster.places(of)) {
          try {
            const child = await (isDown(id) ? begin(id) : tree().replace(id, { stopFirst: true }))
            restarted.push({ id, pid: child === 'ignore' ? null : ((child.handle as { pid?: number }).pid ?? null) })
          } catch (error) {
            throw failed(id, error)
          }
        }
        await leave(of)
      }
      return { restarted }
    },

    /** Of one that is configured no more. */
    leave,

    async close(): Promise<void> {
      await (await standIns)?.stop()
    },
  })
}
