import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drawingOf, inWords } from './drawing.ts'
import type { Part } from './facts.ts'

const part = (path: string, kind: string, snapshot: unknown = {}): Part => ({ path, kind, snapshot, verbs: [] })
const shop: readonly Part[] = [
  part('shop', 'system'),
  part('shop/web', 'program', { state: 'ready' }),
  part('shop/web/database', 'dependency', { state: 'down' }),
  part('shop/web/payments', 'failover', {
    state: 'on north',
    providers: [
      { name: 'north', state: 'up' },
      { name: 'south', state: 'down' },
    ],
  }),
  part('shop/web/prices', 'component', { state: 'running', needs: ['database'] }),
  part('shop/web/features/sell', 'feature', { mode: 'readonly', needs: ['database', 'payments', 'nobody'] }),
  part('shop/other', 'program', { state: 'ready' }),
  part('shop/other/database', 'dependency', { state: 'up' }),
  part('shop/other/features/report', 'feature', { mode: 'on', needs: ['database'] }),
]

test('who needs whom, each in its own program, with how what is needed is', () => {
  const drawing = drawingOf(shop)!
  assert.deepEqual(
    drawing.edges.map(({ from, to, tone }) => `${from.id} → ${to.id} ${tone}`),
    [
      'shop/web → shop/web/database bad',
      'shop/web → shop/web/payments busy',
      'shop/web/prices → shop/web/database bad',
      'shop/web/features/sell → shop/web/database bad',
      'shop/web/features/sell → shop/web/payments busy',
      'shop/other → shop/other/database well',
      'shop/other/features/report → shop/other/database well',
    ],
  )
  assert.deepEqual(inWords(drawing).slice(1, 3), [
    'prices (running) needs database (down)',
    'sell (read-only) needs database (down), payments (on north)',
  ])
})

test('no two stand in one place; a component is under its program, a provider under its failover', () => {
  const { nodes, rows } = drawingOf(shop)!
  assert.equal(new Set(nodes.map(one => `${one.column} ${one.row}`)).size, nodes.length)
  assert.equal(rows, 5)
  const row = (id: string) => nodes.find(one => one.id === id)!
  assert.equal(row('shop/web/prices').row, row('shop/web').row + 1)
  assert.deepEqual([row('shop/web/payments/south').inner, row('shop/web/payments/south').tone], [true, 'bad'])
})

test('a component that needs nothing is left out, unless it is not well', () => {
  const more = [
    part('shop/web/quiet', 'component', { state: 'running' }),
    part('shop/web/sick', 'component', { state: 'waiting' }),
  ]
  const ids = drawingOf([...shop, ...more])!.nodes.map(one => one.id)
  assert.deepEqual([ids.includes('shop/web/quiet'), ids.includes('shop/web/sick')], [false, true])
})

test('too much for a picture, or nothing that needs anything: none', () => {
  assert.equal(drawingOf([part('shop', 'system'), part('shop/web', 'program')]), null)
  const many = Array.from({ length: 60 }, (_, i) =>
    part(`shop/web/c${i}`, 'component', { state: 'running', needs: ['database'] }),
  )
  assert.notEqual(drawingOf(many.slice(0, 50).concat(shop[2]!)), null)
  assert.equal(drawingOf([...many, shop[2]!]), null)
  assert.equal(drawingOf([part('shop/web', 'program', { needs: 'text' }), part('x', 'feature', null)]), null)
})
