// Each watch at its threshold: silent below it, and its own reason above.
import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { createServer } from 'node:tls'
import type { Entry } from '../../journal/index.ts'
import { certificates } from './certificates.ts'
import { disk } from './disk.ts'
import { restarts } from './restarts.ts'

const HOUR = 3_600_000
const GB = 1_073_741_824

const sampled = (wall: number, used: number) =>
  ({
    name: 'system.sampled',
    source: 'shop',
    wall,
    data: { parts: { shop: { 'disk.usedBytes': used * GB, 'disk.totalBytes': 100 * GB } } },
  }) as unknown as Entry

test('a disk that is full in 14 days as it fills now is told, with its pace', () => {
  assert.deepEqual(disk([sampled(0, 40), sampled(24 * HOUR, 43)], 0), [], '19 days')
  assert.deepEqual(disk([sampled(0, 40), sampled(HOUR, 60)], 0), [], 'an hour says nothing')
  assert.deepEqual(disk([sampled(0, 60), sampled(24 * HOUR, 50)], 0), [])
  assert.match(disk([sampled(0, 40), sampled(24 * HOUR, 50)], 0)[0]?.says ?? '', /full in 5 days if it fills on by 10.* GB a day/)
})

test('ten restarts in a day of one component are told', () => {
  const restart = (source: string, wall: number) =>
    ({ name: 'supervisor.child_restarting', source, wall, data: {} }) as unknown as Entry
  const nine = Array.from({ length: 9 }, (_, i) => restart('shop/web', i * HOUR))
  assert.deepEqual(restarts([...nine, restart('shop/job', HOUR)], 10 * HOUR), [])
  const [seen] = restarts([...nine, restart('shop/web', 9 * HOUR)], 10 * HOUR)
  assert.deepEqual(seen, { source: 'shop/web', says: 'was restarted 10 times in a day (told from 10 on)' })
})

test('a certificate is told 14 days before its end, and when it can’t be read', async () => {
  const server = createServer({ cert: CERT, key: KEY })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const end = Date.parse('Nov  4 16:16:32 2126 GMT')
  assert.deepEqual(await certificates([host], end - 15.5 * 24 * HOUR), [])
  assert.match((await certificates([host], end - 10.5 * 24 * HOUR))[0]?.says ?? '', /ends in 10 days/)
  assert.match((await certificates([host], end + HOUR))[0]?.says ?? '', /has ended/)
  await new Promise(resolve => server.close(resolve))
  assert.match((await certificates([host], end))[0]?.says ?? '', /can't be read/)
})

// Made for this test, of no other use.
const CERT = `-----BEGIN CERTIFICATE-----
MIIBfzCCASWgAwIBAgIUR3QJ/gURJAx9tBPsPi3ImCIlerQwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyODE2MTYzMloYDzIxMjYxMTA0
MTYxNjMyWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARoonYDytgJAJq87zDJY5Ct66RK4bWzUWsWXcG8bFEmbMgM3Hhuv8Qm
vq0JoLDrIqi9A7XyCEHxX08p4kpitFMDo1MwUTAdBgNVHQ4EFgQUykQT9IRLSMyO
VJMJwmSku+6TFhUwHwYDVR0jBBgwFoAUykQT9IRLSMyOVJMJwmSku+6TFhUwDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiB2suIA6uZ80qalt3GSVIDl
eaeGC9S5UwniZ33/UcXtrAIhAOJorfJ9eHnty1jKbKM7+2xSmphQHS230xYd2Ibr
HiKX
-----END CERTIFICATE-----`
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgLLek8DbjB9nxjcWq
Fos5Pk3w6g/vRv+aU1JcbLlIhP6hRANCAARoonYDytgJAJq87zDJY5Ct66RK4bWz
UWsWXcG8bFEmbMgM3Hhuv8Qmvq0JoLDrIqi9A7XyCEHxX08p4kpitFMD
-----END PRIVATE KEY-----`
