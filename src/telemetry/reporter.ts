// The reporter: what `selfheal run` starts beside its programs, in a process of its own, to tell others. A client of the control socket: killed,
// stuck or slow, it harms nothing that it tells of.
import type { Clock } from '../core/index.ts'
import { type Endpoint, endpoint } from './endpoint.ts'
import { follow, type Source } from './follow.ts'
import { readings } from './readings.ts'

export interface ReporterOptions {
  readonly source: Source
  /** Where /metrics, /live, /ready and /health are, 'host:port'. Default: nowhere. */
  readonly metrics?: string
  readonly token?: string
  readonly clock?: Clock
}

export interface Reporter extends AsyncDisposable {
  /** Undefined: no metrics were asked for. */
  readonly url: string | undefined
}

/** Rejects as endpoint() does. */
export async function reporter({ source, metrics, token, clock }: ReporterOptions): Promise<Reporter> {
  const all = readings()
  const parts = async () => (await source.parts()).parts
  const time = clock === undefined ? {} : { clock }
  let served: Endpoint | undefined
  if (metrics !== undefined)
    served = await endpoint({ listen: metrics, readings: all, parts, ...time, ...(token === undefined ? {} : { token }) })
  const unfollow = follow(source, all.hear, clock)
  return Object.freeze({
    url: served?.url,
    async [Symbol.asyncDispose]() {
      unfollow()
      await served?.close()
    },
  })
}
