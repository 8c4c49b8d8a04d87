// Gives the figures and the troubles of an app to OpenTelemetry, by its API alone (an optional peer): whichever SDK the app has set up exports
// them. Without an SDK nothing is listened to, so it costs nothing. Troubles become spans: from first sign to healed, with what was done.
import type { Attributes, Span } from '@opentelemetry/api'
import type { Events, Part, Undo } from '../core/index.ts'
import { SelfhealError } from '../core/index.ts'
import { type Entry, story, turnsOf } from '../journal/index.ts'
import { INSTRUMENTS } from './instruments.ts'
import { readings } from './readings.ts'
import type { SeenPart } from './sample.ts'

type Api = typeof import('@opentelemetry/api')

export interface OpenTelemetryOptions {
  /** An app's: `selfheal()` has both. */
  readonly events: Events
  readonly parts: () => readonly Part[]
  /** Default: imported. */
  readonly api?: Api
}

const SCOPE = 'selfheal'
/** Troubles that are under way at once; of more, there are no spans. */
const MOST_SPANS = 500

/** To be called once the SDK has started. Resolves to what ends it. Rejects with SELFHEAL_PEER_MISSING. */
export async function openTelemetry({ events, parts, api }: OpenTelemetryOptions): Promise<Undo> {
  const { metrics, trace, SpanStatusCode } = api ?? (await imported())
  const undo: Undo[] = []
  if (hasMetrics(metrics)) {
    const meter = metrics.getMeter(SCOPE)
    const all = readings()
    undo.push(events.on('*', all.hear))
    const made = new Map(
      Object.entries(INSTRUMENTS).map(([name, { kind, unit, says }]) => {
        const how = { unit, description: says }
        return [name, kind === 'counter' ? meter.createObservableCounter(name, how) : meter.createObservableGauge(name, how)]
      }),
    )
    const observe = (result: { observe(metric: never, value: number, attributes: Attributes): void }) => {
      for (const { name, labels, value } of all.samples(seen(parts()))) result.observe(made.get(name) as never, value, labels)
    }
    const observed = [...made.values()]
    meter.addBatchObservableCallback(observe as never, observed)
    undo.push(() => meter.removeBatchObservableCallback(observe as never, observed))
  }
  if (hasTraces(trace)) undo.push(spans(events, trace.getTracer(SCOPE), SpanStatusCode.ERROR))
  return () => {
    for (const one of undo.splice(0)) one()
  }
}

async function imported(): Promise<Api> {
  try {
    return await import('@opentelemetry/api')
  } catch (cause) {
    throw new SelfhealError(
      'SELFHEAL_PEER_MISSING',
      '@opentelemetry/api is not installed',
      'npm install @opentelemetry/api, and the SDK of your choice',
      cause,
    )
  }
}

/** The API's own stand-ins do nothing: then there is nobody to measure for. */
const hasMetrics = (metrics: Api['metrics']) => metrics.getMeterProvider().constructor.name !== 'NoopMeterProvider'
function hasTraces(trace: Api['trace']): boolean {
  const provider = trace.getTracerProvider() as { getDelegate?(): object }
  return (provider.getDelegate?.() ?? provider).constructor.name !== 'NoopTracerProvider'
}

function seen(parts: readonly Part[]): readonly SeenPart[] {
  return parts.flatMap(({ path, kind, snapshot }) => {
    try {
      return [{ path, kind, snapshot: snapshot() }]
    } catch {
      return []
    }
  })
}

function spans(events: Events, tracer: ReturnType<Api['trace']['getTracer']>, error: number): Undo {
  const open = new Map<string, Span>()
  const off = events.on('*', event => {
    const entry = { ...event, row: 0 } as unknown as Entry
    for (const { key, is } of turnsOf(entry)) {
      const known = open.get(key)
      if (is === 'begins' && known === undefined && open.size < MOST_SPANS) {
        const [kind = 'trouble'] = key.split(':')
        const attributes = { 'selfheal.source': event.source, 'selfheal.event': event.id, 'selfheal.began_with': event.name }
        const span = tracer.startSpan(`selfheal ${kind}`, { startTime: event.wall, attributes, root: true })
        open.set(key, span.setStatus({ code: error, message: story(entry) }))
      } else if (is === 'begins') known?.addEvent(event.name, { says: story(entry) }, event.wall)
      else if (known !== undefined) {
        open.delete(key)
        known.addEvent(event.name, { says: story(entry) }, event.wall).end(event.wall)
      }
    }
  })
  return () => {
    off()
    for (const span of open.values()) span.end()
    open.clear()
  }
}
