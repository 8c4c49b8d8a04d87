// The front page: search, categories, sorting, and what there is. The address always says what is shown.
import { choices } from './choices.js'
import { ago, asOfNote, element, picture, price, sorry } from './element.js'
import { modes, onModes } from './modes.js'
import { get } from './net.js'

const TYPING_MS = 250
const SORTS = { newest: 'Newest first', cheapest: 'Lowest price', dearest: 'Highest price' }

export async function browse({ put, signal }) {
  const { categories } = await choices()
  const wish = Object.fromEntries(
    ['q', 'category', 'sort'].map(name => [name, new URLSearchParams(location.search).get(name) ?? '']),
  )
  const results = element('section', { 'aria-label': 'Listings' })
  const count = element('p', { class: 'count', role: 'status' })
  const age = element('div')
  let asOf
  let asked = new AbortController()

  async function find({ page = 1 } = {}) {
    asked.abort()
    asked = new AbortController()
    const mine = asked.signal
    const query = new URLSearchParams(Object.entries(wish).filter(([, value]) => value !== ''))
    history.replaceState(null, '', query.size === 0 ? '/' : `/?${query}`)
    query.set('page', page)
    try {
      const found = await get(`/api/listings?${query}`, { signal: AbortSignal.any([mine, signal]) })
      showFound(found)
    } catch (error) {
      if (!mine.aborted && !signal.aborted) {
        count.textContent = ''
        results.replaceChildren(sorry(error, () => find({ page })))
      }
    }
  }

  // What was shown from memory is asked anew when something is back, not by all visitors at the same moment.
  onModes(() => {
    if (asOf === undefined || modes.get('sell').mode !== 'on') return
    setTimeout(() => !signal.aborted && asOf !== undefined && find(), Math.random() * 1_000)
  }, signal)

  function showFound({ listings, total, page, pages, asOf: then }) {
    asOf = then
    age.replaceChildren(...(asOf === undefined ? [] : [asOfNote(asOf)]))
    const more =
      page < pages && element('button', { class: 'button quiet more', onclick: () => find({ page: page + 1 }) }, 'Show more')
    if (page > 1) {
      results.querySelector('.more')?.remove()
      const before = results.querySelectorAll('.card').length
      results.querySelector('.grid')?.append(...listings.map(card))
      if (more) results.append(more)
      results.querySelectorAll('.card a')[before]?.focus()
      return
    }
    const says = total === 0 ? 'Nothing found' : total === 1 ? 'One thing' : `${total} things`
    count.textContent = says + (wish.q === '' ? '' : ` for “${wish.q}”`)
    results.replaceChildren(
      total === 0 ? nothing() : element('ul', { class: 'grid' }, listings.map(card)),
      ...(more ? [more] : []),
    )
  }

  function nothing() {
    const clear = () => {
      Object.assign(wish, { q: '', category: '' })
      search.value = ''
      markCategory()
      find()
      search.focus()
    }
    return element(
      'div',
      { class: 'empty' },
      element('p', {}, 'Try fewer or other words, or look at everything.'),
      element('button', { class: 'button quiet', onclick: clear }, 'Show everything'),
    )
  }

  const search = element('input', {
    type: 'search',
    name: 'q',
    id: 'q',
    maxlength: 100,
    value: wish.q,
    placeholder: 'Bicycle, lamp, Cork…',
    autocomplete: 'off',
    oninput: () => {
      wish.q = search.value.trim()
      clearTimeout(search.typing)
      search.typing = setTimeout(find, TYPING_MS)
    },
  })
  const form = element(
    'form',
    {
      class: 'search',
      role: 'search',
      onsubmit: event => {
        event.preventDefault()
        clearTimeout(search.typing)
        find()
      },
    },
    element('label', { class: 'unseen', for: 'q' }, 'Search'),
    search,
    element('button', { class: 'button' }, 'Search'),
  )

  const chips = ['', ...Object.keys(categories)].map(key => {
    const choose = () => {
      wish.category = key
      markCategory()
      find()
    }
    return element(
      'button',
      { class: 'chip', type: 'button', 'data-category': key, onclick: choose },
      key === '' ? 'Everything' : categories[key],
    )
  })
  const markCategory = () => {
    for (const chip of chips) chip.setAttribute('aria-pressed', String(chip.dataset.category === wish.category))
  }
  markCategory()
  const sort = element(
    'select',
    {
      'aria-label': 'Sort by',
      onchange: () => {
        wish.sort = sort.value === 'newest' ? '' : sort.value
        find()
      },
    },
    Object.entries(SORTS).map(([value, text]) => element('option', { value, selected: value === (wish.sort || 'newest') }, text)),
  )

  put([
    element('div', { class: 'hero' }, element('h1', {}, 'Good things, looking for their next home.'), form),
    element(
      'div',
      { class: 'filters' },
      element('div', { class: 'chips', role: 'group', 'aria-label': 'Category' }, chips),
      sort,
    ),
    age,
    count,
    results,
  ])
  await find()
  return wish.q === '' ? undefined : `“${wish.q}”`
}

function card(one) {
  return element(
    'li',
    { class: 'card' },
    element(
      'a',
      { href: `/listing/${one.id}` },
      picture(one, { loading: 'lazy' }),
      element(
        'span',
        { class: 'card-text' },
        element('strong', {}, price(one.priceCents)),
        element('span', { class: 'card-title' }, one.title),
      ),
      element('span', { class: 'faint' }, `${one.place} · ${ago(one.createdAt)}`),
    ),
  )
}
