// Reads the stream of events as it arrives. A stream without a sign of life (a beat comes every 15 s) is taken for dead.
import type { IncomingMessage } from 'node:http'
import { type Event, SelfhealError } from '../core/index.ts'

const SILENT_MS = 45_000
const MAX_LINE = 1024 * 1024

/** What `onEvent` throws ends the reading and rejects. Events that were missed are told as one `selfheal.dropped`. */
export async function readEvents(
  response: IncomingMessage,
  onEvent: (event: Event) => void,
  signal: AbortSignal,
): Promise<'aborted' | 'ended'> {
  let rest = ''
  let kind = 'message'
  let ended = false
  response.setTimeout(SILENT_MS, () =>
    response.destroy(
      new SelfhealError(
        'SELFHEAL_NO_ANSWER',
        'selfheal has stopped telling events',
        'Its process may be stopped or stuck: look at it with ps.',
      ),
    ),
  )
  const take = (line: string) => {
    if (line === '') kind = 'message'
    else if (line.startsWith('event: ')) kind = line.slice(7)
    else if (line.startsWith('data: ') && kind === 'message') onEvent(JSON.parse(line.slice(6)) as Event)
    else if (line.startsWith('data: ') && kind === 'missed') onEvent(missed(JSON.parse(line.slice(6)) as { count: number }))
    if (kind === 'end') ended = true
  }
  try {
    for await (const chunk of response.setEncoding('utf8')) {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      if (rest.length > MAX_LINE)
        throw new SelfhealError(
          'SELFHEAL_NO_ANSWER',
          'What answers there is no selfheal',
          'Name the right state folder: --state <folder>',
        )
      for (const line of lines) take(line)
      if (ended) break
    }
    return signal.aborted ? 'aborted' : 'ended'
  } catch (error) {
    if (signal.aborted) return 'aborted'
    // Killed: the other end is gone without a word.
    if ((error as NodeJS.ErrnoException).code === 'ECONNRESET') return 'ended'
    throw error
  } finally {
    response.destroy()
  }
}

let n = 0
function missed({ count }: { readonly count: number }): Event {
  return {
    v: 1,
    id: `missed.${++n}`,
    name: 'selfheal.dropped',
    source: 'control',
    at: performance.now(),
    wall: Date.now(),
    level: 'warn',
    data: { count },
  }
}
