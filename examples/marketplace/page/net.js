// Talks to the marketplace. What can't be reached is tried again for a little while, and the page says so meanwhile. Everything we send
// may be sent twice: a listing carries a key, and buying twice is buying once.

const WAITS_MS = [300, 700, 1_500, 3_000, 5_000]
const PATIENCE_MS = 12_000
const UNREACHABLE = {
  GET: 'The marketplace can’t be reached just now.',
  POST: 'The marketplace can’t be reached just now. Nothing you typed is lost; please try again.',
}
const trouble = document.getElementById('trouble')
let inTrouble = 0
let hiding

export function get(path, { signal } = {}) {
  return ask(path, { signal })
}

export function post(path, body = {}, headers = {}) {
  return ask(path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } })
}

async function ask(path, { signal, ...init }) {
  let troubled = false
  let answered = false
  try {
    for (let n = 0; ; n++) {
      const last = n === WAITS_MS.length
      const limit = AbortSignal.timeout(PATIENCE_MS)
      try {
        const response = await fetch(path, { ...init, signal: signal ? AbortSignal.any([signal, limit]) : limit })
        // A refusal that says why is an answer: the banner tells, and nothing was done.
        const refused = response.headers.get('content-type')?.startsWith('application/problem+json')
        answered = refused || ![502, 503, 504].includes(response.status)
        if (response.ok) return await response.json()
        if (last || answered) throw await refusal(response)
      } catch (error) {
        signal?.throwIfAborted()
        if (error.status !== undefined) throw error
        if (last) throw new Error(UNREACHABLE[init.method ?? 'GET'])
      }
      if (!troubled) {
        troubled = true
        inTrouble++
      }
      tell('The marketplace is hard to reach. Trying again…', 'bad')
      await new Promise(resolve => setTimeout(resolve, WAITS_MS[n] * (0.8 + 0.4 * Math.random())))
      signal?.throwIfAborted()
    }
  } finally {
    if (troubled && --inTrouble === 0) {
      if (answered) tell('Connected again.', 'good', 2_500)
      else trouble.classList.remove('shown')
    }
  }
}

async function refusal(response) {
  const said = await response.json().catch(() => ({}))
  const error = new Error(said.error ?? said.detail ?? 'The marketplace did not understand us. Please try again.')
  return Object.assign(error, { status: response.status, fields: said.fields })
}

function tell(text, mood, forMs) {
  clearTimeout(hiding)
  trouble.textContent = text
  trouble.className = `trouble shown ${mood}`
  if (forMs !== undefined) hiding = setTimeout(() => trouble.classList.remove('shown'), forMs)
}
