// With OpenTelemetry's official SDK: what it would export of an app. And with none: nobody is listened to.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import * as api from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { createEvents, type Json, type Part } from '../core/index.ts'
import { INSTRUMENTS, openTelemetry } from './index.ts'

const part = (path: string, kind: string, snapshot: Json): Part => ({ path, kind, snapshot: () => snapshot })
const guard = part('app/policies/db', 'guard', {
  counts: { timeouts: 3, retries: 2 },
  breaker: { cells: [{ key: 'db', state: 'open' }] },
})
const everything = [
  guard,
  part('shop/web', 'program', { state: 'ready', generation: 4, rss: 1_000, vitals: { lateMs: 2 }, urls: [] }),
  part('app/sell', 'feature', { mode: 'readonly' }),
  part('app/database', 'dependency', { usable: 'none', breaker: 'half-open' }),
  part('app/payments', 'failover', { pending: 2, unresolved: 1 }),
  part('app/spool', 'spool', { pending: 7 }),
  part('app/odd', 'feature', null),
]

after(() => {
  api.metrics.disable()
  api.trace.disable()
})

test('without an SDK nobody listens to the events', async () => {
  const events = createEvents()
  const stop = await openTelemetry({ events, parts: () => everything, api })
  assert.equal(events.heard?.(), false)
  stop()
})

test('the SDK exports counters from events, gauges from parts, and a span a trouble', async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })
  const provider = new MeterProvider({ readers: [reader] })
  api.metrics.setGlobalMeterProvider(provider)
  const spans = new InMemorySpanExporter()
  api.trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }))

  const events = createEvents()
  const stop = await openTelemetry({ events, parts: () => everything, api })
  const restart = { id: 'web', generation: 2, restarts: 1, intensity: 5, periodMs: 60_000, attempt: 1, waitMs: 0 }
  tell('supervisor.child_restarting', 'shop/web', restart)
  tell('supervisor.child_restarting', 'shop/web', restart)
  tell('breaker.opened', 'app/database', { key: 'database', why: 'too many failed', calls: 5, failed: 5 }, 'warn')
  tell('dependency.dropped', 'app/database', { connections: 8, tookMs: 1 })
  tell('breaker.closed', 'app/database', { key: 'database', why: 'probes passed', afterMs: 1_000, rampMs: 0 })
  tell('failover.parked', 'app/payments', { key: 'order-1', operation: 'charge', provider: 'a', why: 'it hung' }, 'warn')
  await reader.forceFlush()

  assert.deepEqual(value('selfheal.supervisor.restarts', { component: 'shop/web' }), 2)
  assert.equal(value('selfheal.breaker.transitions', { breaker: 'app/database', to: 'open' }), 1)
  assert.equal(value('selfheal.breaker.connections_closed', { dependency: 'app/database' }), 8)
  assert.equal(value('selfheal.failover.attempts', { failover: 'app/payments', provider: 'a', outcome: 'unknown' }), 1)
  assert.equal(value('selfheal.heal.actions', { action: 'breaker', result: 'healed' }), 1)
  assert.equal(value('selfheal.program.generation', { program: 'shop/web' }), 4)
  assert.equal(value('selfheal.failover.unknown_pending', { failover: 'app/payments' }), 3)
  assert.equal(value('selfheal.writes.deferred', { spool: 'app/spool' }), 7)
  assert.equal(value('selfheal.deadline.exceeded', { of: 'app/policies/db' }), 3)
  assert.equal(value('selfheal.feature.degraded', { feature: 'app/sell' }), 1)
  const modes = ['on', 'readonly', 'off'].map(mode => value('selfheal.mode.state', { feature: 'app/sell', mode }))
  assert.deepEqual(modes, [0, 1, 0], 'one 0/1 series a mode')
  const states = ['closed', 'open', 'half_open', 'isolated'].map(state =>
    value('selfheal.breaker.state', { breaker: 'app/database', key: '', state }),
  )
  assert.deepEqual(states, [0, 0, 1, 0], 'one 0/1 series a state')
  assert.ok(exported().every(one => INSTRUMENTS[one.descriptor.name] !== undefined))

  const [span] = spans.getFinishedSpans()
  assert.equal(span?.name, 'selfheal breaker', 'it ended with its trouble; the parked payment is open still')
  assert.match(span?.status.message ?? '', /too many failed/)
  assert.deepEqual(
    span?.events.map(one => one.name),
    ['breaker.closed'],
  )
  stop()
  assert.equal(events.heard?.(), false)
  assert.equal(spans.getFinishedSpans().length, 2)
  await provider.shutdown()

  function tell(name: string, source: string, data: object, level: 'info' | 'warn' = 'info') {
    events.emit(name as never, source, data as never, { level })
  }
  function exported() {
    return exporter.getMetrics().flatMap(all => all.scopeMetrics.flatMap(scope => scope.metrics))
  }
  function value(name: string, labels: object) {
    const points = exported().find(one => one.descriptor.name === name)?.dataPoints ?? []
    return points.find(point => JSON.stringify(point.attributes) === JSON.stringify(labels))?.value
  }
})
