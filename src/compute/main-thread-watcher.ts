// The thread of watchMainThread(): looks at the main thread's ticks. When they stand still it takes the JavaScript stack through the inspector
// and lets the main thread go on. In native code that never looks up (execSync, a huge JSON.parse) the stack is taken as it comes back.
//
//   ticks move ─► still for overMs ─► paused for a moment: the stack ─► on it goes ─► ticks move again ─► told: for how long, and where
import { Session, url } from 'node:inspector'
import { isMainThread, parentPort, workerData } from 'node:worker_threads'

export interface Watching {
  readonly ticks: Int32Array
  readonly overMs: number
}
export interface Blocked {
  readonly forMs: number
  /** Innermost first; empty: it came back before it could be asked. */
  readonly stack: readonly string[]
}

interface Frame {
  readonly functionName: string
  readonly location: { readonly scriptId: string; readonly lineNumber: number; readonly columnNumber: number }
}
const MAX_FRAMES = 12

if (!isMainThread) watch(workerData as Watching)

function watch({ ticks, overMs }: Watching): void {
  let seen = Atomics.load(ticks, 0)
  let movedAt = performance.now()
  let lookedAt = movedAt
  let asking: ReturnType<typeof ask> | undefined
  setInterval(() => {
    const now = performance.now()
    const ticked = Atomics.load(ticks, 0)
    // Late itself: the machine slept, or the whole process was stopped. Nobody's work is to blame.
    const late = now - lookedAt - overMs / 2
    lookedAt = now
    if (ticked === seen) {
      if (late > 0) movedAt = Math.min(now, movedAt + late)
      // A debugger stops it on purpose.
      if (now - movedAt >= overMs && asking === undefined && url() === undefined) asking = ask()
      return
    }
    if (asking !== undefined) {
      parentPort!.postMessage({ forMs: Math.round(now - movedAt), stack: asking.end() } satisfies Blocked)
      asking = undefined
    }
    seen = ticked
    movedAt = now
  }, overMs / 4)
}

/** Asks where the main thread is; `end()` gives what was heard, and leaves it in peace. */
function ask(): { end(): readonly string[] } {
  let stack: readonly string[] = []
  const session = new Session()
  const urls = new Map<string, string>()
  session.on('Debugger.scriptParsed', ({ params }) => urls.set(params.scriptId, params.url))
  session.on('Debugger.paused', ({ params }) => {
    stack = (params.callFrames as Frame[]).slice(0, MAX_FRAMES).map(frame => says(frame, urls))
    session.post('Debugger.resume')
    session.disconnect()
  })
  try {
    session.connectToMainThread()
    session.post('Debugger.enable')
    session.post('Debugger.pause')
  } catch {
    // It can't be asked: that it stood still is told all the same.
  }
  return {
    end() {
      session.disconnect()
      return stack
    },
  }
}

function says({ functionName, location }: Frame, urls: ReadonlyMap<string, string>): string {
  return `${functionName || '(anonymous)'} (${urls.get(location.scriptId) ?? 'native'}:${location.lineNumber + 1}:${location.columnNumber + 1})`
}
