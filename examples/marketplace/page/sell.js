// Offering something: a form whose faults are told beside their fields, and which loses nothing when the marketplace can't be reached.
import { keepDraft } from '/selfheal/browser/index.js'
import { choices } from './choices.js'
import { ago, element } from './element.js'
import { feature } from './modes.js'
import { post } from './net.js'

const REMEMBERED = ['sellerName', 'place']

export async function sell({ put, go }) {
  const { categories, conditions, pictures } = await choices()
  // One form is one listing, however often it is sent, also after the page was loaded anew.
  const key = sessionStorage.getItem('sell-key') ?? crypto.randomUUID()
  sessionStorage.setItem('sell-key', key)
  const says = element('p', { class: 'says', role: 'alert' })
  const button = element('button', { class: 'button big' }, 'Put it up for sale')

  const form = element(
    'form',
    { class: 'form', novalidate: true, onsubmit: submit },
    field('title', 'What is it?', element('input', { maxlength: 80, placeholder: 'Bentwood café chair' })),
    element(
      'div',
      { class: 'pair' },
      field('price', 'Price in euros', element('input', { inputmode: 'decimal', autocomplete: 'off', placeholder: '45' })),
      field(
        'condition',
        'Condition',
        select(
          conditions.map(one => [one, one]),
          'Good',
        ),
      ),
    ),
    element(
      'div',
      { class: 'pair' },
      field('category', 'Category', select(Object.entries(categories), 'home')),
      field(
        'place',
        'Pick up in',
        element('input', { maxlength: 60, placeholder: 'Ranelagh, Dublin', autocomplete: 'address-level2' }),
      ),
    ),
    field('description', 'Anything a buyer should know?', element('textarea', { rows: 5, maxlength: 2000 }), 'Optional'),
    pictureField(pictures),
    field('sellerName', 'Your first name', element('input', { maxlength: 40, autocomplete: 'given-name' })),
    says,
    button,
  )
  for (const name of REMEMBERED) form.elements[name].value = localStorage.getItem(name) ?? ''
  const draft = keepDraft(form, 'sell')
  const kept =
    draft.restored !== undefined &&
    element(
      'p',
      { class: 'note kept', role: 'status' },
      `We kept what you typed ${ago(draft.restored)}.`,
      element('button', { class: 'button small quiet', type: 'button', onclick: startAnew }, 'Start with an empty form'),
    )

  async function submit(event) {
    event.preventDefault()
    const filled = Object.fromEntries(new FormData(form))
    button.disabled = true
    button.textContent = 'Sending…'
    showFaults({})
    says.textContent = ''
    try {
      const { id } = await post('/api/listings', filled, { 'idempotency-key': key })
      for (const name of REMEMBERED) localStorage.setItem(name, filled[name])
      done()
      await go(`/listing/${id}`)
    } catch (error) {
      says.textContent = error.message
      showFaults(error.fields ?? {})
    }
    button.disabled = false
    button.textContent = 'Put it up for sale'
  }

  function done() {
    draft.clear()
    sessionStorage.removeItem('sell-key')
  }

  function startAnew() {
    done()
    go('/sell')
  }

  function showFaults(faults) {
    for (const place of form.querySelectorAll('[data-fault]')) {
      const fault = faults[place.dataset.fault]
      place.textContent = fault ?? ''
      for (const input of [form.elements[place.dataset.fault]].flatMap(one => (one instanceof RadioNodeList ? [...one] : [one])))
        if (fault === undefined) input.removeAttribute('aria-invalid')
        else input.setAttribute('aria-invalid', 'true')
    }
    form.querySelector('[aria-invalid]')?.focus()
  }

  const paused = element(
    'p',
    { class: 'note paused', when: 'readonly off' },
    'Selling is paused: ',
    element('span', { 'data-why': true }),
    '. What you typed is kept; the button comes back by itself.',
  )
  put([
    element('h1', {}, 'Sell something'),
    element('p', { class: 'lead' }, 'It takes a minute, and costs nothing.'),
    ...(kept ? [kept] : []),
    feature('sell', { disable: true }, paused, form),
  ])
  return 'Sell something'
}

function field(name, label, input, hint) {
  for (const [key, value] of Object.entries({ name, id: name, 'aria-describedby': `${name}-fault` }))
    input.setAttribute(key, value)
  return element(
    'div',
    { class: 'field' },
    element('label', { for: name }, label, hint && element('span', { class: 'faint' }, ` ${hint}`)),
    input,
    element('p', { class: 'fault', id: `${name}-fault`, 'data-fault': name }),
  )
}

function select(options, chosen) {
  return element(
    'select',
    {},
    options.map(([value, text]) => element('option', { value, selected: value === chosen }, text)),
  )
}

function pictureField(pictures) {
  return element(
    'fieldset',
    { class: 'field' },
    element('legend', {}, 'Which drawing suits it?'),
    element(
      'div',
      { class: 'pictures' },
      pictures.map((kind, n) =>
        element(
          'label',
          {},
          element('input', { type: 'radio', name: 'picture', value: kind, checked: n === 0 }),
          element('img', { src: `/pictures/${kind}/4`, alt: kind, width: 400, height: 300, loading: 'lazy' }),
        ),
      ),
    ),
    element('p', { class: 'fault', 'data-fault': 'picture' }),
  )
}
