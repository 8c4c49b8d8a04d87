// Certificates of the hosts that `notify.certificates` lists: told 14 days before they end, and when there is none to be had. What renews them by
// itself does so 30 days before, so it has failed by then.
import { connect } from 'node:tls'
import type { Seen } from './watch.ts'

const DAY_MS = 86_400_000
const BEFORE_DAYS = 14
const WITHIN_MS = 10_000

/** `hosts`: 'shop.example.com' or 'shop.example.com:8443'. Never rejects. */
export async function certificates(hosts: readonly string[], now: number): Promise<readonly Seen[]> {
  const seen = await Promise.all(
    hosts.map(async source => {
      const [host = '', port = '443'] = source.split(':')
      const ends = await endOf(host, Number(port)).catch((error: Error) => error)
      if (ends instanceof Error) return [{ source, says: `its certificate can't be read: ${ends.message}` }]
      const days = Math.floor((ends - now) / DAY_MS)
      if (days > BEFORE_DAYS) return []
      const says = days < 0 ? 'its certificate has ended' : `its certificate ends in ${days} days (told under ${BEFORE_DAYS + 1})`
      return [{ source, says }]
    }),
  )
  return seen.flat()
}

/** Wall milliseconds. It trusts any: only its date is read. */
function endOf(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, servername: host, rejectUnauthorized: false, timeout: WITHIN_MS }, () => {
      const end = Date.parse(socket.getPeerCertificate().valid_to)
      socket.destroy()
      if (Number.isNaN(end)) reject(new Error('it shows none'))
      else resolve(end)
    })
    socket.once('timeout', () => socket.destroy(new Error(`no answer within ${WITHIN_MS / 1_000} s`)))
    socket.once('error', reject)
  })
}
