import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readRoutes, routeBoard } from './routes.ts'

test('the routes in flight can be read, the newest first; what ended is no more there', () => {
  const board = routeBoard()
  const first = board.begin('GET', '/a?token=secret')
  board.begin('POST', '/b')
  assert.deepEqual(readRoutes(board.shared), ['POST /b', 'GET /a'])
  board.end(first)
  assert.deepEqual(readRoutes(board.shared), ['POST /b'])
})

test('the board holds the last 32; an end that comes late takes no other away; a long route is cut', () => {
  const board = routeBoard()
  const first = board.begin('GET', '/first')
  for (let i = 0; i < 32; i++) board.begin('GET', `/${i}`)
  board.end(first)
  assert.equal(readRoutes(board.shared).length, 32)
  board.begin('GET', `/${'x'.repeat(500)}`)
  assert.equal(readRoutes(board.shared)[0]!.length, 120)
})
