// Stray errors: uncaught exceptions and rejections. Whose code they came from is known by the ambient frame, so a component's own is the
// end of that component's life, and the process goes on. One that belongs to nobody, or to a request, is the process's.
//
//   uncaughtException ─► a request's? ─► it is told, then the process's
//                        a component's? ─► its life is failed: ended, restarted by the rule
//                        nobody's ─► nobody(): what the process does about it; by default what Node does
import { currentFrame, type EventId, type Events, outsideFrames, type Undo } from '../core/index.ts'
import { errorFacts } from './events.ts'
import { fail, livingNow, who } from './life-end.ts'
import { pathOfLiving, tell } from './state.ts'

export interface StrayOptions {
  /** Told of what belongs to nobody; a component's own is told where its supervisor tells. */
  readonly events?: Events
  /** The source of those events: the name of the process. Default app. */
  readonly path?: string
  /** What the process does about an error of nobody's. Default: as Node does, unless the app has a listener of its own. */
  readonly nobody?: (error: unknown, origin: string, event: EventId | undefined) => void
}

/** From here on, until undone. One listener of `uncaughtException` (rejections come there too, unless the app listens to them itself). */
export function catchStrays(options: StrayOptions = {}): Undo {
  const { events, path = 'app' } = options
  const onStray = (error: unknown, origin: string) => {
    const request = currentFrame()?.request
    if (request === undefined && takeStray(error, origin)) return
    outsideFrames(() => {
      fail500(request, error)
      const event = events?.emit('supervisor.stray_error', path, { origin, error: errorFacts(error) }, { level: 'alarm' })
      ;(options.nobody ?? asNode)(error, origin, event)
    })
  }
  const undo = () => void process.off('uncaughtException', onStray)
  const asNode = (error: unknown) => {
    if (process.listenerCount('uncaughtException') > 1) return
    undo()
    process.nextTick(() => {
      throw error
    })
  }
  process.on('uncaughtException', onStray)
  return undo
}

/** True: the code that runs now is a component's, and the error is the end of its life (or comes after that). */
export function takeStray(error: unknown, origin = 'uncaughtException'): boolean {
  const living = livingNow()
  if (living === undefined) return false
  const { state } = living.slot
  outsideFrames(() => {
    const data = { ...who(living), origin, error: errorFacts(error) }
    const event = tell(state, 'supervisor.stray_error', pathOfLiving(living), data, 'warn', living.because)
    fail(state, living, { reason: 'error', what: 'uncaught', error }, event)
  })
  return true
}

function fail500(request: { fail(error: unknown): void } | undefined, error: unknown) {
  try {
    request?.fail(error)
  } catch {
    // The process is told of the first error; that is enough.
  }
}
