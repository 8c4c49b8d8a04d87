// What the visitor bought, and what they sell.
import { ago, element, picture, price } from './element.js'
import { feature } from './modes.js'
import { get, post } from './net.js'

const STATES = { placed: 'Waiting for pick-up', received: 'Received', cancelled: 'Cancelled' }

export async function orders({ put, signal }) {
  const isNew = new URLSearchParams(location.search).has('new')
  if (isNew) history.replaceState(null, '', '/orders')

  async function show(first) {
    const { bought, selling } = await get('/api/orders', { signal })
    put(
      [
        element('h1', {}, 'My orders'),
        first &&
          isNew &&
          element('p', { class: 'note good', role: 'status' }, 'It’s yours. Arrange with the seller when to pick it up.'),
        bought.length === 0
          ? empty('You have not bought anything yet.', element('a', { class: 'button', href: '/' }, 'Browse'))
          : element('ul', { class: 'rows' }, bought.map(order)),
        element('h2', {}, 'What I sell'),
        selling.length === 0
          ? empty('Nothing for sale yet.', element('a', { class: 'button quiet', href: '/sell' }, 'Sell something'))
          : element('ul', { class: 'rows' }, selling.map(offer)),
      ].filter(Boolean),
    )
  }

  function order(one) {
    const says = element('p', { class: 'says', role: 'alert' })
    const act = (verb, text, look) =>
      element(
        'button',
        { class: `button small ${look}`, onclick: event => change(event.currentTarget, verb, says) },
        text,
        element('span', { class: 'unseen' }, `: ${one.title}`),
      )
    const change = async (button, verb, says) => {
      button.disabled = true
      says.textContent = ''
      try {
        await post(`/api/orders/${one.id}/${verb}`)
        await show(false)
        document.getElementById('main').focus({ preventScroll: true })
      } catch (error) {
        button.disabled = false
        says.textContent = error.message
      }
    }
    const actions =
      one.state === 'placed' &&
      // They are written where listings are.
      feature(
        'sell',
        { disable: true },
        element('div', { class: 'actions' }, act('receive', 'I have it', ''), act('cancel', 'Cancel', 'quiet')),
      )
    const where = `${one.sellerName}, ${one.place} · bought ${ago(one.placedAt)}`
    return row(
      one,
      `/listing/${one.listingId}`,
      [element('span', { class: `state ${one.state}` }, STATES[one.state]), ` ${where}`],
      actions,
      says,
    )
  }

  await show(true)
  return 'My orders'
}

function offer(one) {
  const state = element('span', { class: `state ${one.sold ? 'received' : 'placed'}` }, one.sold ? 'Sold' : 'For sale')
  return row(one, `/listing/${one.id}`, [state, ` ${one.place} · listed ${ago(one.createdAt)}`])
}

function row(one, href, facts, ...more) {
  return element(
    'li',
    { class: 'row' },
    picture(one, { class: 'thumb' }),
    element(
      'div',
      {},
      element('a', { href }, one.title),
      element('span', { class: 'row-price' }, price(one.priceCents)),
      element('p', { class: 'faint' }, facts),
      more.filter(Boolean),
    ),
  )
}

function empty(says, link) {
  return element('div', { class: 'empty' }, element('p', {}, says), link)
}
