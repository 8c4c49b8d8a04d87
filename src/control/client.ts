// The control socket's far end: what the CLI and the dashboard ask a running selfheal with. Looks up the address at each call, so that
// it finds the next selfheal after a restart.
import type { ClientRequest, IncomingMessage } from 'node:http'
import { durationMs, type Event, type Json, SelfhealError, type Who } from '../core/index.ts'
import { readControlFile } from './control-file.ts'
import { readEvents } from './event-reader.ts'
import type { ShownPart } from './part-requests.ts'
import { type Refusal, toError } from './refusal.ts'

const { request } = process.getBuiltinModule('node:http')

export interface ControlClient {
  /** Everything that can be seen and acted on, with who answers. */
  parts(): Promise<{ readonly version: string; readonly pid: number; readonly parts: readonly ShownPart[] }>
  /** Uses a verb. Rejects with the refusal as a SelfhealError. */
  act(path: string, verb: string, args: Json, who: Who): Promise<Json>
  /** Tells every event from now on. Resolves when `signal` aborts or selfheal ends; rejects when it stops answering. */
  events(onEvent: (event: Event) => void, signal: AbortSignal): Promise<'aborted' | 'ended'>
}

export interface ControlClientOptions {
  /** How long an answer may take; verbs have two minutes. Default 5 s. */
  readonly within?: number | `${number}${'ms' | 's' | 'm'}`
}

const VERB_MS = 125_000
const NOT_THERE = ['ENOENT', 'ECONNREFUSED', 'ENOTSOCK', 'ENOTDIR']

/** Every call rejects with SelfhealError SELFHEAL_NOTHING_RUNS when nobody holds the folder's socket. */
export function controlClient(folder: string, { within = '5s' }: ControlClientOptions = {}): ControlClient {
  const withinMs = durationMs(within) ?? 5_000
  const ask = async (method: 'GET' | 'POST', path: string, timeoutMs: number, body?: Json) => {
    const response = await open(folder, { method, path, timeoutMs }, body)
    const said = await readJson(response)
    if (response.statusCode !== 200) throw toError(said as unknown as Refusal)
    return said
  }
  return Object.freeze({
    async parts() {
      const { version, pid, parts } = (await ask('GET', '/v1/parts', withinMs)) as unknown as Awaited<
        ReturnType<ControlClient['parts']>
      >
      return { version, pid, parts }
    },
    async act(path: string, verb: string, args: Json, who: Who) {
      const address = [...path.split('/'), verb].map(encodeURIComponent).join('/')
      const said = await ask('POST', `/v1/parts/${address}`, VERB_MS, { args, ...who })
      return said['value'] as Json
    },
    async events(onEvent: (event: Event) => void, signal: AbortSignal) {
      let response: IncomingMessage
      try {
        response = await open(folder, { method: 'GET', path: '/v1/events', timeoutMs: withinMs, signal })
      } catch (error) {
        if (signal.aborted) return 'aborted'
        throw error
      }
      if (response.statusCode !== 200) throw toError((await readJson(response)) as unknown as Refusal)
      return readEvents(response, onEvent, signal)
    },
  })
}

interface Ask {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

function open(folder: string, { method, path, timeoutMs, signal }: Ask, body?: Json): Promise<IncomingMessage> {
  const socketPath = readControlFile(folder)?.address
  if (socketPath === undefined) return Promise.reject(nothingRuns(folder))
  return new Promise((resolve, reject) => {
    const asked: ClientRequest = request(
      { socketPath, method, path, agent: false, ...(signal === undefined ? {} : { signal }) },
      response => {
        resolve(response)
        asked.setTimeout(0)
      },
    )
    asked.on('error', error => {
      const code = (error as NodeJS.ErrnoException).code ?? ''
      if (NOT_THERE.includes(code)) reject(nothingRuns(folder, error))
      else if (code === 'EACCES' || code === 'EPERM')
        reject(
          new SelfhealError(
            'SELFHEAL_STATE_FORBIDDEN',
            `${folder} belongs to another user`,
            'Ask as the user that runs selfheal, or as root.',
            error,
          ),
        )
      else reject(error instanceof SelfhealError ? error : gone(error))
    })
    asked.setTimeout(timeoutMs, () => asked.destroy(silent(folder, timeoutMs)))
    asked.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

async function readJson(response: IncomingMessage): Promise<Record<string, Json>> {
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) text += chunk
  return JSON.parse(text) as Record<string, Json>
}

const nothingRuns = (folder: string, cause?: unknown) =>
  new SelfhealError(
    'SELFHEAL_NOTHING_RUNS',
    `No selfheal runs with the state folder ${folder}`,
    'Start it with: selfheal run. Or name its folder: --state <folder>',
    cause,
  )

const silent = (folder: string, ms: number) =>
  new SelfhealError(
    'SELFHEAL_NO_ANSWER',
    `selfheal (pid ${readControlFile(folder)?.pid}) has not answered within ${ms} ms`,
    'Its process may be stopped or stuck: look at it with ps.',
  )

const gone = (cause: Error) =>
  new SelfhealError(
    'SELFHEAL_NO_ANSWER',
    `The connection to selfheal ended (${cause.message})`,
    'Ask again: it may have just ended or restarted.',
    cause,
  )
