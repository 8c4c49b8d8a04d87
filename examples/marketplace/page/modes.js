// What can be done just now: asked once, told by a stream. The banner says what is paused, since when and why, before anybody clicks.
import { defineFeatureElement, pageModes } from '/selfheal/browser/index.js'
import { element } from './element.js'

const NAMES = { buy: 'Buying', sell: 'Selling', browse: 'Browsing' }
const BACK_SHOWN_MS = 4_000
const TIME = new Intl.DateTimeFormat('en-IE', { hour: '2-digit', minute: '2-digit' })
const LIST = new Intl.ListFormat('en', { type: 'conjunction' })

export const modes = pageModes()

/** Calls `fn` at every change until `signal` aborts. */
export function onModes(fn, signal) {
  const undo = modes.subscribe(fn)
  signal.addEventListener('abort', undo, { once: true })
}

/** A piece of the page that goes with a feature: feature('buy', {}, button, element('p', { when: 'readonly off' }, …)). */
export function feature(name, properties, ...children) {
  return element('selfheal-feature', { name, ...properties }, ...children)
}

export function startModes() {
  defineFeatureElement()
  const banner = document.getElementById('banner')
  const said = element('p', { role: 'status' })
  // Ticks for the eyes only: a screen reader is told once.
  const age = element('span', { class: 'faint', 'aria-hidden': 'true' })
  banner.append(element('div', { class: 'wide' }, said, age))
  let paused = []
  // All that was paused in this trouble: they may come back one by one.
  const missed = new Set()
  let hiding

  const tick = () => {
    age.textContent = paused.length === 0 ? '' : saysAge(paused)
  }
  const show = () => {
    paused = Object.keys(NAMES)
      .map(name => [name, modes.get(name)])
      .filter(([, one]) => one.mode !== 'on')
    clearTimeout(hiding)
    banner.classList.toggle('good', paused.length === 0)
    for (const [name] of paused) missed.add(NAMES[name])
    if (paused.length > 0) {
      banner.hidden = false
      if (said.textContent !== sentence(paused)) said.textContent = sentence(paused)
    } else if (missed.size > 0) {
      const [first, ...rest] = Object.values(NAMES).filter(name => missed.has(name))
      said.textContent = `${LIST.format([first, ...rest.map(name => name.toLowerCase())])} ${missed.size > 1 ? 'are' : 'is'} back.`
      missed.clear()
      hiding = setTimeout(() => {
        banner.hidden = true
        said.textContent = ''
      }, BACK_SHOWN_MS)
    }
    tick()
  }
  modes.subscribe(show)
  setInterval(tick, 1_000)
  show()
}

/** "Buying and selling are paused since 14:02: the database can’t be reached just now. You can look around meanwhile." */
function sentence(paused) {
  const names = LIST.format(paused.map(([name], i) => (i === 0 ? NAMES[name] : NAMES[name].toLowerCase())))
  const since = TIME.format(Date.now() - Math.max(...paused.map(([, one]) => modes.sinceMs(one.since))))
  const why = [...new Set(paused.flatMap(([, one]) => one.causes.map(cause => cause.says)))].join('; ')
  const rest = paused.some(([name]) => name === 'browse') ? '' : ' You can look around meanwhile.'
  return `${names} ${paused.length > 1 ? 'are' : 'is'} paused since ${since}${why === '' ? '' : `: ${why}`}.${rest}`
}

function saysAge(paused) {
  const seconds = Math.round(Math.max(...paused.map(([, one]) => modes.sinceMs(one.since))) / 1_000)
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}
