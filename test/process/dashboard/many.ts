// A system of many parts that is made up: a real control socket and a real dashboard over parts that do what a test says. Shared with
// bench/dashboard.ts.
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { controlServer, lockState } from 'selfheal/control'
import { createEvents, type Json, type Part } from 'selfheal/core'
import { dashboard } from 'selfheal/dashboard'

export async function manyParts(count: number) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'selfheal-many-')))
  const lock = lockState(folder)
  const events = createEvents()
  const states = new Map<number, string>()
  const since = Date.now()
  const component = (i: number): Part => ({
    path: `shop/web/part-${i}`,
    kind: 'component',
    snapshot: () => ({ id: `part-${i}`, state: states.get(i) ?? 'running', restarts: 0, since, last: null, needs: [] }),
    verbs: { restart: async () => null },
  })
  const cells = [{ key: 'database', state: 'open', calls: 12, failed: 7, slow: 1, inFlight: 0, trips: 1, backInMs: 900 }]
  const cause = { code: 'DOWN', says: 'connection refused', since }
  const parts: Part[] = [
    {
      path: 'shop',
      kind: 'system',
      snapshot: () => ({ version: '1', pid: process.pid, since, state: folder, programs: ['web'] }),
    },
    { path: 'shop/web', kind: 'program', snapshot: () => ({ id: 'web', program: 'web', state: 'ready', since }) },
    { path: 'shop/web/database', kind: 'dependency', snapshot: () => ({ state: 'down', since, causes: [cause] }) },
    {
      path: 'shop/web/features/sell',
      kind: 'feature',
      snapshot: () => ({ mode: 'readonly', since, needs: ['database'], causes: [cause] }),
      verbs: { off: async () => null },
    },
    { path: 'shop/web/features/buy', kind: 'feature', snapshot: () => ({ mode: 'off', since, needs: [], causes: [cause] }) },
    {
      path: 'shop/web/policies/database',
      kind: 'breaker',
      snapshot: () => ({ cells, transitions: [] }) as unknown as Json,
      settings: () => [{ level: 'deadline', name: 'deadline', valueMs: 10_000, from: 'its guard' }],
      verbs: { isolate: async () => null },
    },
    {
      path: 'shop/drills',
      kind: 'drills',
      snapshot: () => ({
        running: [{ drill: 'crash', of: 'shop/web', pid: process.pid, by: 'ann', since }],
        last: [
          {
            drill: 'slow',
            of: 'shop',
            stage: 'copy',
            without: [],
            verdict: 'no',
            regressed: true,
            broke: ['back: no'],
            at: since,
          },
        ],
      }),
      verbs: { began: async () => null, ended: async () => null },
    },
    ...Array.from({ length: count }, (_, i) => component(i)),
  ]
  const control = await controlServer({ folder, parts: () => parts, events, version: '1.2.3' })
  const set = (i: number, state: string) => states.set(i, state)
  const show = (port: number) => dashboard({ folder, port })
  return {
    show,
    set,
    /** Part `i` is in another state, and an event says so. */
    change(i: number, state: string) {
      set(i, state)
      events.emit('control.acted', `shop/web/part-${i}`, { path: `shop/web/part-${i}`, verb: state, by: 'test', why: 'a change' })
    },
    async close() {
      await control.close()
      lock.release()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
