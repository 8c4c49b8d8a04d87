// In front of every route: the headers that keep a page to itself, the rule of who is let in, and the token. A person who has not
// said it yet gets a page that asks for it.
import type { Context, Hono, MiddlewareHandler } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { type Door, isSame, refusalFor, sessionOf } from './rule.ts'

const COOKIE = 'selfheal-dashboard'
const KEPT_S = 30 * 24 * 60 * 60
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

export const problem = (code: string, message: string, mend: string) => ({ v: 1, code, message, mend })

export const headers: MiddlewareHandler = async (c, next) => {
  await next()
  const set = (name: string, value: string) => c.res.headers.has(name) || c.res.headers.set(name, value)
  set('content-security-policy', POLICY)
  set('x-content-type-options', 'nosniff')
  set('x-frame-options', 'DENY')
  set('referrer-policy', 'no-referrer')
  set('cross-origin-opener-policy', 'same-origin')
  set('cross-origin-resource-policy', 'same-origin')
  set('cache-control', 'no-store')
}

export function doorman(door: Door): MiddlewareHandler {
  return async (c, next) => {
    const why = refusalFor(
      {
        method: c.req.method,
        host: c.req.header('host'),
        origin: c.req.header('origin'),
        site: c.req.header('sec-fetch-site'),
        navigates: c.req.header('sec-fetch-mode') === 'navigate' && c.req.path === '/',
      },
      door,
    )
    if (why === undefined) return next()
    const mend = 'Open it by its address, or name it with: selfheal dashboard --name <host name>'
    return c.json(problem('SELFHEAL_DASHBOARD_FOREIGN', `Refused: ${why}`, mend), 403)
  }
}

/** Adds POST /login, and lets nobody past without the token or the session it began. */
export function askForToken(app: Hono, token: string) {
  app.post('/login', async c => {
    const { token: said } = await c.req.parseBody()
    if (typeof said !== 'string' || !isSame(said, token)) return c.html(loginPage('That is not the token.'), 401)
    const secure = c.req.header('origin')?.startsWith('https:') ?? false
    setCookie(c, COOKIE, sessionOf(token), { httpOnly: true, sameSite: 'Strict', path: '/', maxAge: KEPT_S, secure })
    return c.redirect('/', 303)
  })
  app.use(async (c, next) => {
    if (isIn(c, token)) return next()
    if (c.req.path === '/' && c.req.method === 'GET') return c.html(loginPage(), 401)
    const mend = 'Open / and say the token, or send it: Authorization: Bearer <token>'
    return c.json(problem('SELFHEAL_DASHBOARD_TOKEN', 'This dashboard asks for its token', mend), 401)
  })
}

function isIn(c: Context, token: string): boolean {
  const bearer = /^Bearer (.+)$/.exec(c.req.header('authorization') ?? '')?.[1]
  if (bearer !== undefined) return isSame(bearer, token)
  const kept = getCookie(c, COOKIE)
  return kept !== undefined && isSame(kept, sessionOf(token))
}

const loginPage = (says = '') => `<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>selfheal</title>
<main><h1>selfheal</h1><p role="alert">${says}</p><form method="post" action="/login">
<label>Token <input name="token" type="password" autocomplete="current-password" required autofocus></label>
<button>Open the dashboard</button></form><p>It is in SELFHEAL_DASHBOARD_TOKEN, where the dashboard was started.</p></main></html>`
