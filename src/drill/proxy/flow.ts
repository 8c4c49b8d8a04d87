// One wire of a link: what comes from one socket goes to the other, through the faults that are in, one chunk after the other. Without any it
// is a plain copy with back-pressure.
import type { Socket } from 'node:net'
import type { Link, Way, Wire, WireFault } from './wire.ts'

/** A fault that is in: its waits end when it is healed. */
export interface Active {
  readonly fault: WireFault
  readonly healed: AbortSignal
}

export interface FlowOptions {
  readonly way: Way
  readonly from: Socket
  readonly to: Socket
  readonly link: Link
  readonly active: () => readonly Active[]
  /** Aborts when the link is gone. */
  readonly gone: AbortSignal
}

/** So much of each wire is kept by a fault; what is beyond waits with its sender, as on a full line. */
const MAX_HELD = 4 * 1024 * 1024

export function flow({ way, from, to, link, active, gone }: FlowOptions): void {
  let carried = 0
  /** Bytes that a fault holds back. */
  let held = 0
  /** What is still on its way, in order. */
  let last: Promise<unknown> | undefined

  const put = (chunk: Buffer) => {
    if (to.destroyed || to.writableEnded) return
    carried += chunk.length
    if (to.write(chunk) || from.isPaused()) return
    from.pause()
    to.once('drain', () => held < MAX_HELD && from.resume())
  }
  const onWire = () => active().filter(({ fault }) => (fault.way ?? 'both') === 'both' || fault.way === way)
  const wireOf = (healed: AbortSignal, arrivedMs = performance.now()): Wire => ({
    way,
    link,
    get carried() {
      return carried
    },
    get healed() {
      return healed.aborted
    },
    sinceMs: () => performance.now() - arrivedMs,
    wait: ms => pause(ms, AbortSignal.any([healed, gone])),
  })
  const through = async (chunk: Buffer, arrivedMs: number) => {
    let pieces = [chunk]
    const faults = onWire().filter(({ fault }) => fault.carry !== undefined)
    for (const [i, { fault, healed }] of faults.entries()) {
      const next: Buffer[] = []
      // The last one sends as it goes: a slice that waits for the whole is no slice.
      const send = i === faults.length - 1 ? put : (piece: Buffer) => void next.push(piece)
      for (const piece of pieces) await fault.carry!(piece, wireOf(healed, arrivedMs), send)
      pieces = next
    }
    if (faults.length === 0) put(chunk)
    held -= chunk.length
    if (held < MAX_HELD && from.isPaused() && !to.writableNeedDrain) from.resume()
  }
  const after = (work: () => Promise<unknown>) => {
    const mine = (last ?? Promise.resolve()).then(() => (gone.aborted ? undefined : work()))
    last = mine
    void mine.then(() => {
      if (last === mine) last = undefined
    })
  }

  from.on('data', (chunk: Buffer) => {
    if (last === undefined && onWire().length === 0) return put(chunk)
    const arrivedMs = performance.now()
    held += chunk.length
    if (held >= MAX_HELD) from.pause()
    after(() => through(chunk, arrivedMs))
  })
  from.on('end', () =>
    after(async () => {
      for (const { fault, healed } of onWire()) await fault.ends?.(wireOf(healed))
      to.end()
    }),
  )
}

function pause(ms: number, until: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (until.aborted || ms <= 0) return resolve()
    const end = () => {
      clearTimeout(timer)
      until.removeEventListener('abort', end)
      resolve()
    }
    const timer = Number.isFinite(ms) ? setTimeout(end, ms) : undefined
    until.addEventListener('abort', end, { once: true })
  })
}
