import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressKey, addressUrl, parseAddress } from './address.ts'

for (const [text, key, url] of [
  [3000, '[::]:3000', 'http://localhost:3000'],
  ['3000', '[::]:3000', 'http://localhost:3000'],
  [':::3000', '[::]:3000', 'http://localhost:3000'],
  ['[::]:3000', '[::]:3000', 'http://localhost:3000'],
  ['127.0.0.1:80', '127.0.0.1:80', 'http://127.0.0.1:80'],
  ['0.0.0.0:80', '0.0.0.0:80', 'http://localhost:80'],
  ['[::1]:3000', '[::1]:3000', 'http://[::1]:3000'],
  ['unix:/run/app.sock', 'unix:/run/app.sock', 'unix:/run/app.sock'],
] as const)
  test(`${text} is the address ${key}`, () => {
    assert.equal(addressKey(parseAddress(text)), key)
    assert.equal(addressUrl(parseAddress(text)), url)
  })

for (const text of ['', '0', '65536', 'http://x:1', ':3000', '::1:3000', 'unix:app.sock', `unix:/${'x'.repeat(107)}`, '3000/tcp'])
  test(`'${text.slice(0, 20)}' is refused as an address, with what would be one`, () => {
    assert.throws(() => parseAddress(text), { code: 'SELFHEAL_PORT_BAD', mend: /unix:\/path/ })
  })
