// What was found is guarded, as by `heal.dependency(adapter)` in an app that says so itself: one system, made when the first is found.
import { type Admission, type NodeHandler, nodeReadOnly, readOnly } from '../inbound/index.ts'
import { autoSystem, hasOwnFeatures, type System } from '../system/index.ts'
import './events.ts'
import type { Handling } from './found.ts'

/** Below the 60 s of nginx and ALB, and Heroku's 30: a handler that hangs is answered for by us. It is no deadline for what the handler does. */
const REQUEST_MS = process.env['DYNO'] === undefined ? 55_000 : 28_000

/** Nobody has agreed to a limit: what hangs at something sick, or is a long poll, shuts out nobody. Only for the memory's sake. */
const MOST = 10_000

export function guarding(): Handling & {
  readonly door: () => Admission
  readonly refused: NodeHandler
  readonly listening: () => void
} {
  let system: System | undefined
  let door: Admission | undefined
  let refused: NodeHandler | undefined
  const heal = () => (system ??= autoSystem())
  const tell = (kind: string, name: string) =>
    heal().events.emit('auto.found', `${heal().path}/${name}`, { kind, how: 'guarded' })
  const theDoor = () => {
    if (door === undefined) {
      door = heal().admission({ deadline: REQUEST_MS, limit: { max: MOST, queue: 0 }, loop: 'line' })
      tell('http server', 'inbound')
    }
    return door
  }
  /** While an operator has made the whole app read-only, or off (`selfheal mode`), what writes is refused. */
  const theRule = () => (refused ??= nodeReadOnly(readOnly({ need: heal().modes.app })))
  return {
    how: 'guarded',
    take({ kind, name, driver, adapter, options }) {
      const made = heal().dependency(adapter(driver), { ...options, name })
      tell(kind, name)
      return made
    },
    family({ kind, name, adapter, options }) {
      const made = heal().dependency(adapter(), { ...options, name })
      tell(kind, name)
      return made.guard
    },
    left(kind, name, why) {
      heal().events.emit('auto.left', `${heal().path}/${name}`, { kind, why })
    },
    door: theDoor,
    refused(request, response) {
      const refuses = theRule()
      return heal().modes.app.mode() !== 'on' && !hasOwnFeatures() && refuses(request, response)
    },
    listening() {
      theDoor()
      theRule()
    },
  }
}
