// Which address shows which view, and going from one to the next without loading the page anew.
import { browse } from './browse.js'
import { sorry } from './element.js'
import { listing } from './listing.js'
import { startModes } from './modes.js'
import { orders } from './orders.js'
import { sell } from './sell.js'

const NAME = 'Attic'
const main = document.getElementById('main')
let leaving = new AbortController()

const VIEWS = [
  [/^\/$/, browse],
  [/^\/listing\/(\d+)$/, listing],
  [/^\/sell$/, sell],
  [/^\/orders$/, orders],
]

async function show({ focus = true } = {}) {
  leaving.abort()
  leaving = new AbortController()
  const { signal } = leaving
  const [view, match] =
    VIEWS.map(([pattern, view]) => [view, pattern.exec(location.pathname)]).find(([, match]) => match !== null) ?? []
  for (const link of document.querySelectorAll('header nav a')) {
    if (link.getAttribute('href') === location.pathname) link.setAttribute('aria-current', 'page')
    else link.removeAttribute('aria-current')
  }
  main.setAttribute('aria-busy', 'true')
  const put = content => {
    if (!signal.aborted) main.replaceChildren(...[content].flat())
  }
  try {
    if (view === undefined) throw Object.assign(new Error('There is nothing at this address.'), { status: 404 })
    const title = await view({ put, go, signal, parameters: match.slice(1) })
    if (!signal.aborted) document.title = title === undefined ? `${NAME} · second-hand, person to person` : `${title} · ${NAME}`
  } catch (error) {
    if (signal.aborted) return
    put(sorry(error, () => show()))
  }
  if (signal.aborted) return
  main.removeAttribute('aria-busy')
  if (focus) main.focus({ preventScroll: true })
}

function go(path) {
  history.pushState(null, '', path)
  scrollTo(0, 0)
  return show()
}

document.addEventListener('click', event => {
  const link = event.target.closest('a[href^="/"]')
  if (
    link === null ||
    event.defaultPrevented ||
    event.button !== 0 ||
    event.metaKey ||
    event.ctrlKey ||
    event.shiftKey ||
    event.altKey
  )
    return
  event.preventDefault()
  go(link.getAttribute('href'))
})
addEventListener('popstate', () => show())
startModes()
show({ focus: false })
