// Where the main thread is stuck: its JavaScript stack through the inspector, connected on demand and only from a worker. null when the
// thread is inside native code that never looks up (JSON.parse of a huge text, execSync).
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
      session.once('Debugger.paused', ({ params }) =>
        resolve((params.callFrames as Frame[]).slice(0, MAX_FRAMES).map(frame => says(frame, urls))),
      )
    })
    const asked = session.post('Debugger.enable').then(() => session.post('Debugger.pause'))
    asked.catch(() => {})
    return await Promise.race([paused, sleep(PATIENCE_MS, null)])
  } catch {
    return null
  }
  // The session is left as it is: the main thread stays paused, and the supervisor ends the process.
}

function says({ functionName, location }: Frame, urls: ReadonlyMap<string, string>): string {
  return `${functionName || '(anonymous)'} (${urls.get(location.scriptId) ?? 'native'}:${location.lineNumber + 1}:${location.columnNumber + 1})`
}
