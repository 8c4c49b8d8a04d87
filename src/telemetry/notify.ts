// Tells people. Reads what is new in the journal, asks notify-cases whom it concerns, and sends by each channel, again and again until it
// is taken; where it stands is kept on disk, so that a killed reporter neither forgets nor repeats. All of it in the reporter's process.
import { type Clock, durationMs, systemClock, type Undo } from '../core/index.ts'
import { digestOf, digestText, type Entry, explain, incidentsOf, maskedText, story } from '../journal/index.ts'
import type { Message, Send } from './channels.ts'
import { type Case, type CaseState, casesOf, NOTHING_TOLD, type Told } from './notify-cases.ts'
import { type Days, slower } from './watches/slower.ts'

export interface NotifyState {
  readonly cases: CaseState
  /** The journal's row up to which all is read. */
  readonly row: number
  readonly digestAt: number
  /** How long each dependency took to answer, day by day, for a month. */
  readonly days?: Days
  readonly outbox: readonly {
    readonly channel: string
    readonly message: Message
    readonly tries: number
    readonly dueAt: number
  }[]
}

export interface NotifierOptions {
  readonly channels: Readonly<Record<string, Send>>
  /** Entries after that row, oldest first; or of that time. */
  readonly read: (
    query: { readonly afterRow: number } | { readonly since: number; readonly until: number },
  ) => Promise<readonly Entry[]>
  /** undefined: there is none yet. */
  readonly state: NotifyState | undefined
  /** Small troubles, seen early, for the digest. */
  readonly watch?: (
    entries: readonly Entry[],
    now: number,
  ) => Promise<readonly { readonly source: string; readonly says: string }[]>
  /** Must not throw. */
  readonly keep: (state: NotifyState) => void
  /** '08:00'; false: no digest. */
  readonly digest?: string | false
  /** Tells the outside that all is well; rejects when it could not. */
  readonly ping?: () => Promise<void>
  readonly pingEvery?: number | string
  readonly clock?: Clock
}

const LOOK_MS = 2_000
const AROUND_MS = 3_600_000
const DAY_MS = 86_400_000
const MOST_WAIT_MS = 5 * 60_000
const MOST_WAITING = 200

const TITLES: Readonly<Record<Case['kind'], string>> = {
  exhausted: 'restarting does not help',
  suppressed: 'restarts are held back: too many machines are sick',
  money: 'a failover’s call needs you: it may have been done, or done twice',
  write_lost: 'an accepted write can’t be applied',
  degraded: 'users go without something for over 5 minutes',
  bad_build: 'a bad build was blocked; the one before it serves',
  regressed: 'a drill that held before no longer does',
  blind: 'selfheal can’t see',
}

export interface Notifier {
  /** What no journal holds: that it can't be written, that its supervisor is away. */
  hear(event: Told): void
  look(): Promise<void>
  stop: Undo
}

export function notifier(options: NotifierOptions): Notifier {
  const { channels, read, keep, ping, digest = '08:00', clock = systemClock } = options
  const pingMs = durationMs(options.pingEvery ?? '1m') ?? 60_000
  // The first life begins now: what is older was nobody's to tell.
  let state: NotifyState = options.state ?? { cases: NOTHING_TOLD, row: -1, digestAt: clock.wall(), outbox: [] }
  let heard: Told[] = []
  let pingAt = Number.NEGATIVE_INFINITY
  let over = false
  let undo: Undo = () => {}

  const put = (message: Message) => {
    const safe = { subject: maskedText(message.subject), text: maskedText(message.text) }
    const more = Object.keys(channels).map(channel => ({ channel, message: safe, tries: 0, dueAt: 0 }))
    state = { ...state, outbox: [...state.outbox, ...more].slice(-MOST_WAITING) }
  }
  const readNew = async () => {
    const now = clock.wall()
    // A first look, or a journal that was begun anew: from now on.
    const fresh = state.row < 0 ? [] : await read({ afterRow: state.row }).catch(() => [])
    const newest = state.row < 0 ? await read({ since: now - DAY_MS, until: now + DAY_MS }).catch(() => undefined) : undefined
    if (newest !== undefined) state = { ...state, row: newest.at(-1)?.row ?? 0 }
    const all: readonly Told[] = [...fresh, ...heard.splice(0)]
    const { state: cases, cases: told } = casesOf(state.cases, all, now)
    state = { ...state, cases, row: fresh.at(-1)?.row ?? state.row }
    for (const one of told) put(await messageOf(one, all, now))
  }
  const messageOf = async (one: Case, all: readonly Told[], now: number): Promise<Message> => {
    const around = await read({ since: one.at - AROUND_MS, until: now + 1 }).catch(() => [])
    const event = around.find(entry => entry.id === one.event) ?? all.find(entry => entry.id === one.event)
    const incident = incidentsOf(around).findLast(known => known.entries.some(entry => entry.id === one.event))
    const said = event === undefined ? one.key : story({ ...event, row: 0 } as unknown as Entry)
    const why = incident === undefined ? undefined : explain(incident, now)
    const lines = [
      `${said}.`,
      ...(why === undefined ? [] : [`It began with: ${why.cause}`, ...why.noticed.slice(0, 4), ...why.done.slice(-4)]),
      `To do: ${why?.toDo ?? TO_DO[one.kind]}`,
      `The whole story: selfheal why ${one.event}`,
    ]
    return { subject: `selfheal: ${TITLES[one.kind]}`, text: lines.join('\n') }
  }
  const daily = async () => {
    const now = clock.wall()
    if (digest === false || now < nextDigest(state.digestAt, digest)) return
    const from = Math.max(state.digestAt, now - 7 * DAY_MS)
    const entries = await read({ since: from, until: now })
    const month = slower(state.days ?? {}, entries, now)
    state = { ...state, digestAt: now, days: month.days }
    const local = (wall: number) => new Date(wall).toLocaleString('sv').slice(0, 16)
    const seen = (await options.watch?.(entries, now).catch(() => undefined)) ?? []
    const watched = [...seen, ...month.seen].map(({ source, says }) => `  ${source}: ${says}`)
    const text = [
      digestText(digestOf(entries, { from, to: now }), local),
      ...(watched.length > 0 ? ['', 'Watched', ...watched] : []),
    ]
    put({ subject: 'selfheal: the day', text: text.join('\n') })
  }
  const deliver = async () => {
    const now = clock.wall()
    const left = await Promise.all(
      state.outbox.map(async one => {
        const send = channels[one.channel]
        if (send === undefined) return []
        if (one.dueAt > now) return [one]
        const taken = await send(one.message).then(
          () => true,
          () => false,
        )
        const tries = one.tries + 1
        return taken ? [] : [{ ...one, tries, dueAt: now + Math.min(MOST_WAIT_MS, 1_500 * 2 ** tries) }]
      }),
    )
    state = { ...state, outbox: left.flat() }
  }
  const look = async () => {
    // Each by itself: a journal that can't be read must not keep a message back.
    for (const step of [readNew, daily]) await step().catch(() => undefined)
    keep(state)
    await deliver()
    keep(state)
    if (ping !== undefined && clock.now() - pingAt >= pingMs) {
      pingAt = clock.now()
      await ping().catch(() => undefined)
    }
  }
  const next = async () => {
    await look()
    if (!over) undo = clock.after(LOOK_MS, () => void next())
  }
  undo = clock.after(0, () => void next())
  return Object.freeze({
    hear: (event: Told) => void (heard = [...heard, event].slice(-100)),
    look,
    stop() {
      over = true
      undo()
    },
  })
}

const TO_DO: Readonly<Record<Case['kind'], string>> = {
  exhausted: 'read what it said last (selfheal journal), or deploy the build before.',
  suppressed: 'look at the machines (selfheal fleet): restarts go on when half of them are well.',
  money: 'ask the provider, then settle it: selfheal failover.',
  write_lost: 'mend it and apply it again: selfheal spool list.',
  degraded: 'look at what it needs: selfheal status.',
  bad_build: 'mend the build, and deploy again.',
  regressed: 'look at its report (selfheal dashboard, Drills), and at what was deployed since.',
  blind: 'see to the machine: its disk, and selfheal’s process.',
}

function nextDigest(last: number, at: string): number {
  const next = new Date(last)
  next.setHours(Number(at.slice(0, 2)), Number(at.slice(3)), 0, 0)
  if (next.getTime() <= last) next.setDate(next.getDate() + 1)
  return next.getTime()
}
