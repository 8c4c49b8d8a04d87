import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refuseProduction } from './production.ts'

test('a drill in production is refused, and says how to mean it', () => {
  assert.throws(() => refuseProduction(null, 'production'), { code: 'SELFHEAL_DRILL_REFUSED', mend: /--yes-really/ })
})

test('elsewhere it is not', () => {
  refuseProduction(null, undefined)
  refuseProduction(null, 'development')
  refuseProduction(process.pid, 'test')
})
