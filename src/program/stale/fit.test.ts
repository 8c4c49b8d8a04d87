import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answeredFit, askedFit, staleRoutes } from './fit.ts'

test('--standby stale names routes or none, and is told from a folder or a command', () => {
  assert.deepEqual(staleRoutes('stale'), [])
  assert.deepEqual(staleRoutes('stale:/, /listing/*'), ['/', '/listing/*'])
  for (const other of [undefined, 'stale-pages', './stale', 'node stale.js']) assert.equal(staleRoutes(other), undefined, other)
})

test('only what a stranger could have been shown is kept', () => {
  const routes = ['/', '/listing/*']
  assert.equal(askedFit('GET', '/about', {}, routes), 'public')
  assert.equal(askedFit('GET', '/listing/7?x=1', {}, routes), 'named')
  assert.equal(askedFit('GET', '/listing/7', { cookie: 'visitor=1' }, routes), undefined)
  assert.equal(askedFit('GET', '/about', { authorization: 'Bearer x' }, routes), undefined)
  assert.equal(askedFit('GET', '/about', { range: 'bytes=0-1' }, routes), undefined)
  for (const method of ['POST', 'HEAD', 'PUT']) assert.equal(askedFit(method, '/', {}, routes), undefined)
})

test('of what was not named only what a shared cache may keep, and use when it is stale', () => {
  const html = { 'content-type': 'text/html' }
  for (const control of ['public', 'max-age=60', 'public, max-age=0', 's-maxage=5, max-age=0', 'Public, Max-Age=60'])
    assert.equal(answeredFit('public', 200, { ...html, 'cache-control': control }), true, control)
  for (const control of [
    undefined,
    '',
    'max-age=0',
    'private, max-age=60',
    'public, no-store',
    'public, no-cache',
    'max-age=60, must-revalidate',
    's-maxage=5, proxy-revalidate',
  ])
    assert.equal(answeredFit('public', 200, { ...html, 'cache-control': control }), false, control)
  const kept = { ...html, 'cache-control': 'public' }
  assert.equal(answeredFit('public', 200, { ...kept, 'set-cookie': ['a=b'] }), false)
  assert.equal(answeredFit('public', 200, { ...kept, vary: 'Accept-Encoding, Origin' }), true)
  for (const vary of ['Cookie', '*', 'Accept-Encoding, Authorization'])
    assert.equal(answeredFit('named', 200, { ...kept, vary }), false, vary)
  for (const status of [201, 206, 304, 404, 500, 503]) assert.equal(answeredFit('named', status, kept), false)
  assert.equal(answeredFit('named', 200, { 'content-type': 'text/event-stream' }), false)
  assert.equal(answeredFit('named', 200, html), true)
})
