// One listing, and buying it.
import { choices } from './choices.js'
import { ago, asOfNote, element, picture, price } from './element.js'
import { feature } from './modes.js'
import { get, post } from './net.js'

export async function listing({ put, go, signal, parameters: [id] }) {
  const [one, { categories }] = await Promise.all([get(`/api/listings/${id}`, { signal }), choices()])
  const says = element('p', { class: 'says', role: 'alert' })
  const button = element('button', { class: 'button big', onclick: buy }, `Buy for ${price(one.priceCents)}`)

  async function buy() {
    button.disabled = true
    button.textContent = 'Buying…'
    says.textContent = ''
    try {
      await post(`/api/listings/${id}/buy`)
      await go('/orders?new')
    } catch (error) {
      says.textContent = error.message
      button.textContent = error.status === 409 ? 'Sold' : 'Try again'
      button.disabled = error.status === 409
    }
  }

  const state = one.yours
    ? element('p', { class: 'note' }, one.sold ? 'This is yours, and it is sold.' : 'This is your own listing.')
    : one.sold
      ? element('p', { class: 'note' }, 'Sold.')
      : feature(
          'buy',
          {},
          button,
          element(
            'p',
            { class: 'note', when: 'readonly off' },
            'Buying is paused: ',
            element('span', { 'data-why': true }),
            '. The button comes back by itself.',
          ),
        )
  put([
    element(
      'p',
      { class: 'crumbs' },
      element('a', { href: '/' }, 'All things'),
      ' / ',
      element('a', { href: `/?category=${one.category}` }, categories[one.category] ?? one.category),
    ),
    element(
      'article',
      { class: 'listing' },
      picture(one, { class: 'large', alt: `Drawing: ${one.picture}` }),
      element(
        'div',
        {},
        element('h1', {}, one.title),
        element('p', { class: 'price' }, price(one.priceCents)),
        one.asOf !== undefined && asOfNote(one.asOf),
        state,
        says,
        element('p', { class: 'prose' }, one.description || 'No description.'),
        element(
          'dl',
          { class: 'facts' },
          [
            ['Condition', one.condition],
            ['Pick up in', one.place],
            ['Seller', one.sellerName],
            ['Listed', ago(one.createdAt)],
          ].map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, value))),
        ),
      ),
    ),
  ])
  return one.title
}
