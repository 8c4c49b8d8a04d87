// The reporter: what `selfheal run` starts beside its programs, in a process of its own, to tell others. A client of the control socket: killed,
// stuck or slow, it harms nothing that it tells of.
import { type Clock, systemClock, type Undo } from '../core/index.ts'
import { channelsOf } from './channels.ts'
import { type Endpoint, endpoint } from './endpoint.ts'
import { follow, type Source } from './follow.ts'
import { type Notifier, notifier } from './notify.ts'
import { keepNotifyState, readNotifyState, readsJournal } from './notify-file.ts'
import type { NotifyOptions } from './notify-options.ts'
import { readings } from './readings.ts'
import { certificates } from './watches/certificates.ts'
import { watches } from './watches/index.ts'

export interface ReporterOptions {
  readonly source: Source
  /** The state folder: has the journal, and keeps what was told. */
  readonly folder: string
  /** Where /metrics, /live, /ready and /health are, 'host:port'. Default: nowhere. */
  readonly metrics?: string
  readonly token?: string
  /** Whom to tell. Default: nobody. */
  readonly notify?: NotifyOptions
  readonly clock?: Clock
}

export interface Reporter extends AsyncDisposable {
  /** Undefined: no metrics were asked for. */
  readonly url: string | undefined
}

const LOOK_MS = 15_000
/** So many looks without an answer, and it is blind. */
const MISSES = 4
const PING_MS = 10_000
/** What the journal can't hold. */
const UNWRITTEN = new Set<string>(['journal.failing', 'journal.recovered'])

/** Rejects as endpoint() does. */
export async function reporter(options: ReporterOptions): Promise<Reporter> {
  const { source, folder, metrics, token, notify, clock = systemClock } = options
  const all = readings()
  const parts = async () => (await source.parts()).parts
  const undo: Undo[] = []
  let served: Endpoint | undefined
  if (metrics !== undefined)
    served = await endpoint({ listen: metrics, readings: all, parts, clock, ...(token === undefined ? {} : { token }) })
  let telling: Notifier | undefined
  if (notify !== undefined) {
    const { ping, digest, pingEvery } = notify
    telling = notifier({
      channels: channelsOf(notify),
      read: readsJournal(`${folder}/journal.db`),
      state: readNotifyState(`${folder}/notify.json`),
      keep: keepNotifyState(`${folder}/notify.json`),
      watch: async (entries, now) => [
        ...watches.flatMap(watch => watch(entries, now)),
        ...(await certificates(notify.certificates ?? [], now)),
      ],
      clock,
      ...(digest === undefined ? {} : { digest }),
      ...(pingEvery === undefined ? {} : { pingEvery }),
      // All is well only if the supervisor answers too.
      ...(ping === undefined ? {} : { ping: () => parts().then(() => pinged(ping)) }),
    })
    undo.push(telling.stop, watchSource(parts, telling, clock))
  }
  undo.push(
    follow(
      source,
      event => {
        all.hear(event)
        if (UNWRITTEN.has(event.name)) telling?.hear(event)
      },
      clock,
    ),
  )
  return Object.freeze({
    url: served?.url,
    async [Symbol.asyncDispose]() {
      for (const one of undo) one()
      await served?.close()
    },
  })
}

async function pinged(url: string): Promise<void> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(PING_MS) })
  await answer.body?.cancel()
}

/** A supervisor that does not answer is told of by who asks it: nobody else could. */
function watchSource(parts: () => Promise<unknown>, telling: Notifier, clock: Clock): Undo {
  let misses = 0
  let n = 0
  const tell = (name: string) =>
    telling.hear({ id: `reporter.${process.pid}.${++n}`, name, source: 'supervisor', wall: clock.wall(), data: {} })
  let undo: Undo = () => {}
  let over = false
  const look = async () => {
    const answered = await parts().then(
      () => true,
      () => false,
    )
    if (answered && misses >= MISSES) tell('reporter.sighted')
    misses = answered ? 0 : misses + 1
    if (misses === MISSES) tell('reporter.blind')
    if (!over) undo = clock.after(LOOK_MS, () => void look())
  }
  void look()
  return () => {
    over = true
    undo()
  }
}
