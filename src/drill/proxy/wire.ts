// What a fault sees of a connection that passes through the proxy: two wires, one each way, and the link they make. A fault is one file
// beside this; start a new one from latency.ts.

/** `up`: from the caller to the server. `down`: its answer. */
export type Way = 'up' | 'down'

export interface Link {
  /** Breaks it as a crashed peer does: RST to both sides. */
  reset(): void
  /** Ends it politely: FIN to both sides, after what was sent. */
  end(): void
}

export interface Wire {
  readonly way: Way
  readonly link: Link
  /** Bytes that were sent on, since the connection began. */
  readonly carried: number
  /** Milliseconds since the chunk came in: those before it on the same wire count. */
  sinceMs(): number
  /** Ends after `ms`; at once when the fault is healed or the link is gone. Infinity: until then. */
  wait(ms: number): Promise<void>
  /** The fault is out again: what is held back should go on now. */
  readonly healed: boolean
}

export interface WireFault {
  /** For people: '200 ms ± 50 ms latency'. */
  readonly says: string
  /** Which wires it is on. Default both. */
  readonly way?: Way | 'both'
  /** False: nobody listens while it is in. New connections are refused. */
  readonly listens?: false
  /** `hold`: taken, and never answered. `reset`: broken at once. Default: they go through. */
  readonly opening?: 'hold' | 'reset'
  /** At the moment it goes in, for each link that is open. */
  enters?(link: Link): void
  /** At the moment it is healed, for each link that is open, and for each that was held. */
  leaves?(link: Link): void
  /** One chunk on its way: `send` what should go on, when it should. The next chunk waits until this is done. */
  carry?(chunk: Buffer, wire: Wire, send: (chunk: Buffer) => void): Promise<void> | void
  /** The sender has said it will send no more: done = that is passed on. */
  ends?(wire: Wire): Promise<void> | void
}
