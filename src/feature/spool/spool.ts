// Deferred writes: what a developer declared safe to wait is taken while its need is down, once it is on the disk, and applied when the
// need is back. Bounded, idempotent by key, in order per line. Off unless made; never for money or stock.
import { createHash, randomUUID } from 'node:crypto'
import { createEvents, currentFrame, type Json, type Part, RejectedError, systemClock } from '../../core/index.ts'
import { openStore } from '../../store/index.ts'
import { spoolDrain } from './drain.ts'
import './events.ts'
import { type Counts, type Item, type ItemState, spoolItems } from './items.ts'
import { type Bodies, type Kind, limitsOf, type SpoolOptions } from './options.ts'
import { spoolVerbs } from './part.ts'
import { MIGRATIONS } from './schema.ts'
import { spoolTurn } from './turn.ts'
import { spoolWriter } from './writer.ts'

export interface Receipt {
  readonly key: string
  readonly kind: string
  readonly state: ItemState
  /** Wall milliseconds. */
  readonly acceptedAt: number
  readonly tries: number
  /** Why it is dead, or what the last try said. */
  readonly reason?: string
}
export interface DeferHow {
  /** The write's own key: the same again is the same write. Default: a new one. */
  readonly key?: string
  /** Writes of one line are applied in their order: the listing they are about, the customer. Default: each for itself. */
  readonly line?: string
}
export interface Spool<K extends Bodies = Bodies> extends Part, AsyncDisposable {
  /** Resolves once it is on the disk: only then may 202 be said. Rejects with RejectedError when it can't be taken: `ran` is 'no'. */
  defer<N extends keyof K & string>(kind: N, body: K[N], how?: DeferHow): Promise<Receipt>
  find(key: string): Receipt | undefined
  counts(): Counts
  list(state: ItemState, most?: number): readonly Receipt[]
}

const BUSY_FOR_MS = 2_000
const KEY = /^[\x21-\x7e]{1,200}$/

/** Throws ConfigError, and SelfhealError of store/ when its file can't be had. */
export function spool<K extends Bodies>(options: SpoolOptions<K>): Spool<K> {
  const limits = limitsOf(options as SpoolOptions<never>)
  const { kinds, when, clock = systemClock, path = 'spool' } = options
  const events = options.events ?? createEvents({ clock })
  // FULL: a power cut loses nothing that was taken.
  const store = openStore(options.file, { migrations: MIGRATIONS, synchronous: 'FULL' })
  const items = spoolItems(store.db)
  const writer = spoolWriter(store, clock)
  const turn = spoolTurn(store.db)
  const drain = spoolDrain({
    kinds: kinds as Readonly<Record<string, Kind<never>>>,
    when,
    limits,
    items,
    writer,
    turn,
    clock,
    events,
    path,
  })
  let closed = false
  let fullSaid = false

  const refuse = (code: string, key: string, message: string, hint: string) =>
    new RejectedError(message, { code: `SELFHEAL_SPOOL_${code}`, policy: 'spool', key, ran: 'no', hint })

  const accept = (key: string, line: string, kind: string, body: string): Receipt => {
    const digest = createHash('sha256').update(`${kind}\n${line}\n${body}`).digest('base64url')
    const known = items.find(key)
    if (known !== undefined) {
      if (known.digest === digest) return receiptOf(known)
      throw refuse('KEY_REUSED', key, `The key ${key} stands for another write already`, 'Use a new key for a new write.')
    }
    const { pending, pendingBytes } = items.counts()
    const bytes = Buffer.byteLength(body)
    // Dead letters take room too, until somebody looks after them.
    if (pending + items.letters() >= limits.most || pendingBytes + bytes > limits.mostBytes) {
      if (!fullSaid) events.emit('spool.full', path, { pending, pendingBytes }, { level: 'warn' })
      fullSaid = true
      throw refuse('FULL', key, `${pending} writes wait already: no more can be kept`, 'Nothing was taken. Come again later.')
    }
    fullSaid = false
    const at = clock.wall()
    items.add({ key, line, kind, body, digest, bytes, at })
    if (pending === 0) events.emit('spool.began', path, { kind })
    return { key, kind, state: 'pending', acceptedAt: at, tries: 0 }
  }

  drain.wake()
  return Object.freeze({
    path,
    kind: 'spool',
    async defer(kind: string, body: unknown, { key = randomUUID(), line }: DeferHow = {}) {
      if (closed) throw refuse('CLOSED', key, 'The spool is closed', 'It was not taken. Ask the next life of this program.')
      if (!Object.hasOwn(kinds, kind)) throw new TypeError(`no kind ${kind}; there are ${Object.keys(kinds).join(', ')}`)
      if (!KEY.test(key)) throw refuse('KEY_BAD', key, 'A key is 1 to 200 printable ASCII characters', 'A UUID is one.')
      const text = JSON.stringify(body) ?? 'null'
      if (Buffer.byteLength(text) > limits.mostBody)
        throw refuse(
          'TOO_LARGE',
          key,
          `It is over ${limits.mostBody} bytes`,
          'It was not taken. Keep large things elsewhere, and their names here.',
        )
      const deadline = Math.min(clock.now() + BUSY_FOR_MS, currentFrame()?.deadline ?? Number.POSITIVE_INFINITY)
      const receipt = await writer.write(() => accept(key, line ?? key, kind, text), deadline)
      drain.wake()
      return receipt
    },
    find(key: string) {
      const item = items.find(key)
      return item === undefined ? undefined : receiptOf(item)
    },
    counts: items.counts,
    list: (state: ItemState, most = 100) => items.list(state, most).map(receiptOf),
    snapshot: (): Json => ({ ...items.counts(), kinds: Object.keys(kinds), when: when.reading().state }),
    verbs: spoolVerbs({ items, writer, clock, wake: drain.wake, receiptOf }),
    async [Symbol.asyncDispose]() {
      if (closed) return
      closed = true
      await drain.close()
      await writer.idle()
      store.close()
    },
  })
}

function receiptOf({ key, kind, state, accepted_at: acceptedAt, tries, reason }: Item): Receipt {
  return { key, kind, state, acceptedAt, tries, ...(reason === null ? {} : { reason }) }
}
