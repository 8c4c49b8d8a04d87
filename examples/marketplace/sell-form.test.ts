import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSellForm } from './sell-form.ts'

const form = {
  title: 'A kite',
  price: '12',
  category: 'outdoors',
  condition: 'Good',
  place: 'Ennis',
  sellerName: 'Ada',
  picture: 'tent',
}

test('a price may be written as people write it', () => {
  for (const [price, cents] of [
    ['12', 1200],
    ['12.5', 1250],
    ['12,50', 1250],
    ['€ 3.07', 307],
    [0, 0],
    [' 100000 ', 10_000_000],
  ] as const) {
    const read = readSellForm({ ...form, price })
    assert.equal('offer' in read && read.offer.priceCents, cents, String(price))
  }
})

test('what is no price is refused', () => {
  for (const price of ['', '-1', '1e5', '1.234', '100000.01', 'free', '12 €', null, ['1', '2'], '９'])
    assert.deepEqual(Object.keys((readSellForm({ ...form, price }) as { faults: object }).faults ?? {}), ['price'], String(price))
})

test('every fault is told at once', () => {
  const read = readSellForm({ description: 'x'.repeat(2_001), category: '__proto__' })
  assert.deepEqual(Object.keys((read as { faults: object }).faults).sort(), [
    'category',
    'condition',
    'description',
    'picture',
    'place',
    'price',
    'sellerName',
    'title',
  ])
})
