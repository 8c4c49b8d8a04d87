// Makes elements. Text is always text, so nothing a seller wrote can become markup.

/** element('a', { href: '/', class: 'x', onclick: fn, hidden: true }, 'text', child, [more]) */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value)
    else made.setAttribute(name, value === true ? '' : String(value))
  }
  made.append(...children.flat().filter(child => child !== undefined && child !== null && child !== false))
  return made
}

const WHOLE = new Intl.NumberFormat('en-IE', { style: 'currency', currency: 'EUR', maximumFractionDigits: 0 })
const EXACT = new Intl.NumberFormat('en-IE', { style: 'currency', currency: 'EUR' })
export function price(cents) {
  if (cents === 0) return 'Free'
  return (cents % 100 === 0 ? WHOLE : EXACT).format(cents / 100)
}

const AGO = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
export function ago(iso) {
  const minutes = (new Date(iso) - Date.now()) / 60_000
  if (minutes > -1) return 'just now'
  if (minutes > -60) return AGO.format(Math.round(minutes), 'minute')
  if (minutes > -24 * 60) return AGO.format(Math.round(minutes / 60), 'hour')
  return AGO.format(Math.round(minutes / 60 / 24), 'day')
}

export function picture({ id, listingId, picture: kind }, properties = {}) {
  return element('img', { src: `/pictures/${kind}/${listingId ?? id}`, alt: '', width: 400, height: 300, ...properties })
}

/** Said over what the database could not be asked for: it is what was known a while ago. Nothing when it is as it is now. */
export function asOfNote(asOf) {
  return element(
    'p',
    { class: 'asof' },
    asOf === undefined ? '' : `As it was ${seconds(asOf)} ago: our records can’t be reached just now.`,
  )
}

function seconds(wall) {
  const s = Math.max(1, Math.round((Date.now() - wall) / 1_000))
  return s < 120 ? `${s} seconds` : s < 7_200 ? `${Math.round(s / 60)} minutes` : `${Math.round(s / 3_600)} hours`
}

/** What is shown instead of a view that could not be had, with a way on. */
export function sorry(error, again) {
  return element(
    'div',
    { class: 'sorry', role: 'alert' },
    element('h1', {}, error.status === 404 ? 'Not here' : 'That didn’t work'),
    element('p', {}, error.message),
    error.status === 404
      ? element('a', { class: 'button', href: '/' }, 'Browse everything')
      : element('button', { class: 'button', onclick: again }, 'Try again'),
  )
}
