import assert from 'node:assert/strict'
import { test } from 'node:test'
import { draw, treeOf } from './tree-shape.ts'

const NOW = 1_000_000
const part = (path: string, kind: string, snapshot: object) => ({ path, kind, snapshot: snapshot as never })
const limits = { strategy: 'one_for_one', budget: 'supervisor', intensity: 3, periodMs: 5_000, restarts: 1 }
const well = { generation: 1, restarts: 0, since: NOW - 60_000, next: null, last: null, needs: [] }
const parts = [
  part('shop', 'system', { version: '1', pid: 7, since: NOW - 3_600_000, rss: 1 }),
  part('shop/web', 'program', {
    id: 'web',
    state: 'ready',
    generation: 3,
    pid: 42,
    restarts: 2,
    since: NOW - 60_000,
    rss: 50 * 1_048_576,
    lastExit: { says: 'killed by SIGKILL', at: NOW - 61_000 },
  }),
  part('shop/web/tree', 'supervisor', { ...limits, specs: 2, active: 1, untold: 12 }),
  part('shop/web/pool', 'component', { ...well, id: 'pool', kind: 'service', state: 'running' }),
  part('shop/web/mailer', 'component', {
    id: 'mailer',
    kind: 'supervisor',
    state: 'waiting',
    generation: 4,
    restarts: 3,
    since: NOW - 2_000,
    next: NOW + 1_500,
    last: { says: 'TypeError: x is\nnot a function', at: NOW - 2_000 },
    needs: ['pool'],
  }),
  part('shop/web/mailer/tree', 'supervisor', { ...limits, strategy: 'rest_for_one', budget: 'child' }),
  part('shop/web/mailer/smtp', 'component', { ...well, id: 'smtp', kind: 'worker', state: 'running' }),
  part('shop/web/db/breaker', 'breaker', {}),
  part('shop/web/policies/fine', 'guard', { breaker: { cells: [{ key: 'fine', state: 'closed', forMs: 1 }], transitions: [] } }),
  part('shop/web/db', 'dependency', { state: 'down' }),
  part('shop/web/policies/db', 'guard', { breaker: { cells: [{ key: 'db', state: 'open', forMs: 1 }] } }),
  part('shop/jobs', 'program', {
    id: 'jobs',
    state: 'starting',
    generation: 0,
    pid: null,
    restarts: 0,
    since: null,
    lastExit: null,
  }),
  part('shop/journal', 'journal', {}),
]

test('the tree is read off the paths; a supervisor is shown at what it belongs to; other parts are not of it', () => {
  const tree = treeOf(parts)
  const names = (nodes: typeof tree): unknown =>
    nodes.map(({ path, children }) => (children.length === 0 ? path : [path, names(children)]))
  assert.deepEqual(names(tree), [
    ['shop', [['shop/web', ['shop/web/pool', ['shop/web/mailer', ['shop/web/mailer/smtp']]]], 'shop/jobs']],
  ])
  const web = tree[0]!.children[0]!
  assert.deepEqual([web.facts.strategy, web.facts.restarts, web.facts.state], ['one_for_one', 2, 'ready'])
})

test('drawn, one line each: name and generation, state, who, how long, and what there is to say', () => {
  assert.equal(
    draw(treeOf(parts), NOW),
    `
shop             running   pid 7       up 1 h
├─ web.3         ready     pid 42      up 1 min                    restarted 2 times; last: killed by SIGKILL, 1 min 1 s ago; one_for_one, 3 restarts in 5 s; 50 MB; 12 more run, never in trouble
│  ├─ pool.1     running   service     up 1 min
│  └─ mailer.4   waiting   supervisor  for 2 s, next try in 1.5 s  restarted 3 times; last: TypeError: x is not a function, 2 s ago; needs pool; rest_for_one, 3 restarts in 5 s each
│     └─ smtp.1  running   worker      up 1 min
└─ jobs          starting`.trimStart(),
  )
})

test('a tree without a system above it, and parts of unknown kinds only, are drawn as they are', () => {
  assert.equal(draw(treeOf([part('app/x', 'component', { id: 'x', state: 'stopped' })]), NOW), 'x  stopped')
  assert.equal(draw(treeOf([part('a', 'feature', {})]), NOW), '')
})
