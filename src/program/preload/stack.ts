// Where the main thread is stuck: its JavaScript stack through the inspector, connected on demand and only from a worker. null when the
// thread is inside native code that never looks up (JSON.parse of a huge text, execSync).
import type { Session as CallbackSession } from 'node:inspector'
import { setTimeout as sleep } from 'node:timers/promises'

const PATIENCE_MS = 1_500
const MAX_FRAMES = 12

interface Frame {
  readonly functionName: string
  readonly location: { readonly scriptId: string; readonly lineNumber: number; readonly columnNumber: number }
}

export async function mainThreadStack(): Promise<readonly string[] | null | 'debugged'> {
  const inspector = await import('node:inspector/promises')
  if (inspector.url() !== undefined) return 'debugged'
  const session = new inspector.Session()
  try {
    session.connectToMainThread()
    const urls = new Map<string, string>()
    session.on('Debugger.scriptParsed', ({ params }) => urls.set(params.scriptId, params.url))
    const paused = new Promise<readonly string[]>(resolve => {
      session.once('Debugger.paused', ({ params }) => resolve(named(params.callFrames as Frame[], urls)))
    })
    const asked = session.post('Debugger.enable').then(() => session.post('Debugger.pause'))
    asked.catch(() => {})
    return await Promise.race([paused, sleep(PATIENCE_MS, null)])
  } catch {
    return null
  }
  // The session is left as it is: the main thread stays paused, and the supervisor ends the process.
}

/**
 * Asks where it is, and lets it go on at once: `end()` gives what was heard, and leaves it in peace. Code that never looks up (native) is
 * heard as it comes back. `same`: whether it is still the same work; who runs after it is not to blame. `undefined`: a debugger is there,
 * or the inspector is not.
 */
export async function glance(same: () => boolean): Promise<{ end(): readonly string[] } | undefined> {
  const inspector = await import('node:inspector')
  if (inspector.url() !== undefined) return undefined
  const session: CallbackSession = new inspector.Session()
  const urls = new Map<string, string>()
  let stack: readonly string[] = []
  session.on('Debugger.scriptParsed', ({ params }) => urls.set(params.scriptId, params.url))
  session.on('Debugger.paused', ({ params }) => {
    if (same()) stack = named(params.callFrames as Frame[], urls)
    session.post('Debugger.resume')
    session.disconnect()
  })
  try {
    session.connectToMainThread()
    session.post('Debugger.enable')
    session.post('Debugger.pause')
  } catch {
    return undefined
  }
  return {
    end() {
      session.disconnect()
      return stack
    },
  }
}

/** Innermost first, from the app's own on: where Node's inside happened to be names nobody. */
function named(frames: readonly Frame[], urls: ReadonlyMap<string, string>): readonly string[] {
  const own = frames.findIndex(({ location }) => !urls.get(location.scriptId)?.startsWith('node:internal/'))
  return frames.slice(Math.max(own, 0), Math.max(own, 0) + MAX_FRAMES).map(frame => says(frame, urls))
}

function says({ functionName, location }: Frame, urls: ReadonlyMap<string, string>): string {
  return `${functionName || '(anonymous)'} (${urls.get(location.scriptId) ?? 'native'}:${location.lineNumber + 1}:${location.columnNumber + 1})`
}
