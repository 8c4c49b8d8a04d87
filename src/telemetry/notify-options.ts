// What `notify` in the configuration may say, judged at once: every fault with its place. Pure.
import { ConfigError, durationMs, type Fault } from '../core/index.ts'

export interface NotifyOptions {
  /** A Slack-compatible webhook: gets { text }. */
  readonly slack?: string
  /** By nodemailer (an optional peer): smtp is 'smtps://user:password@host'. */
  readonly email?: { readonly to: string; readonly from?: string; readonly smtp: string }
  /** A shell line that gets the message on its stdin, and SELFHEAL_SUBJECT. */
  readonly command?: string
  /** When the daily digest goes out, this machine's time; false: never. Default '08:00'. */
  readonly digest?: string | false
  /** Hosts ('shop.example.com', 'host:8443') whose certificates the digest watches. Default: none. */
  readonly certificates?: readonly string[]
  /** A dead man's switch: asked by GET for as long as the reporter reaches its supervisor. Default: none. */
  readonly ping?: string
  /** At least 10 s. Default 1 m. */
  readonly pingEvery?: number | string
}

const KNOWN = ['slack', 'email', 'command', 'digest', 'certificates', 'ping', 'pingEvery']
const LEAST_PING_MS = 10_000

/** Throws ConfigError. */
export function checkNotify(given: object): NotifyOptions {
  const all = given as Readonly<Record<string, unknown>>
  const faults: Fault[] = []
  const bad = (at: string, says: string) => faults.push({ at: `notify.${at}`, says })
  for (const key of Object.keys(all)) if (!KNOWN.includes(key)) bad(key, `is unknown: there are ${KNOWN.join(', ')}`)
  const { slack, email, command, digest, certificates, ping, pingEvery } = all
  if (slack !== undefined && !isUrl(slack)) bad('slack', 'must be a webhook’s URL')
  if (ping !== undefined && !isUrl(ping)) bad('ping', 'must be a URL')
  if (command !== undefined && (typeof command !== 'string' || command.trim() === '')) bad('command', 'must be a shell line')
  if (digest !== undefined && digest !== false && !/^([01]\d|2[0-3]):[0-5]\d$/.test(String(digest)))
    bad('digest', "must be a time such as '08:00', or false")
  if (pingEvery !== undefined && (durationMs(pingEvery) ?? 0) < LEAST_PING_MS)
    bad('pingEvery', "must be 10 s or more, such as '1m'")
  if (certificates !== undefined && !(Array.isArray(certificates) && certificates.every(isHost)))
    bad('certificates', "must be a list of hosts, such as ['shop.example.com']")
  if (email !== undefined) {
    const { to, smtp, from } = (email ?? {}) as Readonly<Record<string, unknown>>
    if (typeof to !== 'string' || !to.includes('@')) bad('email.to', 'must be an address')
    if (from !== undefined && typeof from !== 'string') bad('email.from', 'must be an address')
    if (typeof smtp !== 'string' || !/^smtps?:\/\//.test(smtp)) bad('email.smtp', "must be such as 'smtps://user:password@host'")
  }
  if (slack === undefined && email === undefined && command === undefined && ping === undefined)
    faults.push({ at: 'notify', says: 'tells nobody: it needs slack, email, command or ping' })
  if (faults.length > 0) throw new ConfigError('configuration', faults)
  return all as NotifyOptions
}

function isUrl(value: unknown): boolean {
  return typeof value === 'string' && /^https?:\/\//.test(value) && URL.canParse(value)
}

const isHost = (value: unknown) => typeof value === 'string' && /^[a-z0-9.-]+(:\d{1,5})?$/i.test(value)
