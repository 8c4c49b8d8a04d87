// The marketplace itself, bare: its real PostgreSQL and its real app on random ports, with nothing of selfheal around them.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { endAll, failing, freePort, type Marketplace, marketplace } from './marketplace/launch.ts'
import { shopperOf } from './marketplace/shopper.ts'

let shop: Marketplace
const shopper = () => shopperOf(shop.origin)
before(async () => {
  shop = await marketplace()
})
after(async () => {
  const codes = await endAll(shop.data)
  assert.deepEqual(
    codes.filter(code => code !== 0),
    [],
    'every program ends with 0 when asked to stop',
  )
})

test('a visitor browses: page by page, by category, by price', async () => {
  const visitor = shopper()
  const first = await visitor.get('/api/listings')
  assert.ok(first.total > 40)
  const second = await visitor.get('/api/listings?page=2')
  const third = await visitor.get('/api/listings?page=3')
  const titles = [...first.listings, ...second.listings, ...third.listings].map(one => one.title)
  assert.equal(titles.length, first.total)
  assert.equal(new Set(titles).size, first.total, 'each thing once')

  const cheapest = (await visitor.get('/api/listings?category=music&sort=cheapest')).listings
  assert.ok(cheapest.length > 2 && cheapest.every(one => one.category === 'music'))
  const prices = cheapest.map(one => one.priceCents)
  assert.deepEqual(
    prices,
    prices.toSorted((a, b) => a - b),
  )

  const one = await visitor.get(`/api/listings/${cheapest[0]!.id}`)
  assert.equal(one.title, cheapest[0]!.title)
  assert.equal((await visitor.ask('/api/listings/999999999')).status, 404)
  assert.equal((await visitor.ask('/api/listings/nonsense')).status, 404)
})

test('the page and its pictures need nothing from elsewhere', async () => {
  for (const path of [
    '/',
    '/sell',
    '/orders',
    '/listing/3',
    '/page/app.js',
    '/page/style.css',
    '/pictures/lamp/7',
    '/favicon.ico',
  ]) {
    const response = await fetch(shop.origin + path)
    assert.equal(response.status, 200, path)
    const text = await response.text()
    assert.doesNotMatch(text, /(src|href|url|import|from)\W{1,3}(https?:)?\/\//, path)
  }
  assert.equal((await fetch(`${shop.origin}/page/..%2fapp.ts`)).status, 404)
  assert.equal((await fetch(`${shop.origin}/pictures/constructor/1`)).status, 404)
})

test('a search finds every word wherever it stands, and survives whatever is typed', async () => {
  const visitor = shopper()
  const titles = async (query: string) => (await visitor.get(`/api/listings?${query}`)).listings.map(one => one.title)
  assert.deepEqual(await titles('q=BIKE%20three'), ['Dutch city bike, three gears'])
  assert.deepEqual(await titles('q=100%25'), [], 'a percent sign is a percent sign')
  assert.deepEqual(await titles('q=86%20%25'), ['Laptop, 13 inch, 16 GB'])
  for (const odd of [
    'q=%00',
    'q=%27%3B%20drop%20table%20listings%3B--',
    'q=%5C',
    'q=_',
    'q=%ED%A0%80',
    'q=%F0%9F%9A%B2',
    'q=a&q=b',
    `q=${'x'.repeat(5_000)}`,
    'q[a]=b',
    'page=-1',
    'page=1e9',
    'page=NaN',
    'category=constructor',
    'sort=price%3Bdrop',
    '%',
    'q=%zz',
  ])
    assert.equal((await visitor.ask(`/api/listings?${odd}`)).status, 200, odd)
  assert.ok((await visitor.get('/api/listings')).total > 40)
})

test('what is sold through the form is listed once, however often the form is sent; faults are told by field', async () => {
  const seller = shopper()
  const form = {
    title: 'A <b>kite</b>',
    price: '12,50',
    category: 'outdoors',
    condition: 'Good',
    place: 'Ennis',
    sellerName: 'Ada',
    picture: 'tent',
    description: '',
  }
  const key = randomUUID()
  const [one, again] = [await seller.post('/api/listings', form, key), await seller.post('/api/listings', form, key)]
  assert.deepEqual([one.status, again.status, again.body.id], [201, 201, one.body.id])
  const listing = await seller.get(`/api/listings/${one.body.id}`)
  assert.deepEqual([listing.title, listing.priceCents, listing.yours], ['A <b>kite</b>', 1250, true])
  assert.deepEqual(
    (await seller.get('/api/orders')).selling.map(mine => mine.id),
    [one.body.id],
  )
  assert.equal((await seller.post(`/api/listings/${one.body.id}/buy`)).status, 409, 'nobody buys from themselves')

  const refused = await seller.post('/api/listings', { ...form, title: 'x', price: 'a lot', picture: 'toString' }, randomUUID())
  assert.equal(refused.status, 400)
  assert.deepEqual(Object.keys(refused.body.fields).sort(), ['picture', 'price', 'title'])
  for (const odd of [null, [], 'text', { title: { a: 1 } }, { title: '\u0000\u0000\u0000\u0000' }])
    assert.equal((await seller.post('/api/listings', odd, randomUUID())).status, 400)
  assert.equal((await seller.post('/api/listings', form)).status, 400, 'without a key it could be listed twice')
})

test('a listing that two people buy at the same moment is sold once, and may be bought again after it was cancelled', async () => {
  const buyers = Array.from({ length: 8 }, shopper)
  for (const buyer of buyers) await buyer.get('/api/orders')
  const { listings } = await buyers[0]!.get('/api/listings?q=chair')
  const id = listings[0]!.id
  const answers = await Promise.all(buyers.map(buyer => buyer.post(`/api/listings/${id}/buy`)))
  assert.deepEqual(answers.map(answer => answer.status).sort(), [201, ...Array(7).fill(409)])

  const winner = buyers[answers.findIndex(answer => answer.status === 201)]!
  const loser = buyers[answers.findIndex(answer => answer.status === 409)]!
  const again = await winner.post(`/api/listings/${id}/buy`)
  assert.equal(again.status, 200, 'asking again after a lost answer gives the same order')
  const order = (await winner.get('/api/orders')).bought[0]!
  assert.deepEqual([order.id, order.state], [again.body.order, 'placed'])
  assert.equal((await loser.get(`/api/listings/${id}`)).sold, true)

  assert.equal((await loser.post(`/api/orders/${order.id}/cancel`)).status, 409, 'nobody cancels for somebody else')
  assert.equal((await winner.post(`/api/orders/${order.id}/cancel`)).status, 200)
  assert.equal((await winner.post(`/api/orders/${order.id}/receive`)).status, 409)
  const taken = await loser.post(`/api/listings/${id}/buy`)
  assert.equal(taken.status, 201)
  assert.equal((await loser.post(`/api/orders/${taken.body.order}/receive`)).status, 200)
})

test('nobody breaks it in production, nor unless asked to', async () => {
  assert.equal((await fetch(`${shop.origin}/__break/throw`, { method: 'POST' })).status, 404)
  const { code, said } = await failing('app.ts', {
    ...shop.appEnv,
    PORT: String(await freePort()),
    MARKETPLACE_BREAK: '1',
    NODE_ENV: 'production',
  })
  assert.equal(code, 1)
  assert.match(said, /MARKETPLACE_BREAK=1 is for development/)
})
