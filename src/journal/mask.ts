// No secret is written: what stands under a name such as password, and what looks like a password in text, becomes '***'. A key called
// just `key` is left: it is our word for what a guard or an intent is known by. Also cuts what is too long to be read.
import type { Json } from '../core/index.ts'

const HIDDEN = '***'
const MAX_TEXT = 8 * 1024
const MAX_ITEMS = 200
const MAX_DEPTH = 12

const words =
  'pass(?:word|wd|phrase|code)|secret|token|(?:api|access|private|secret|signing|encryption|service)[-_]?key|authorization|cookie|credential|session[-_]?id|jwt|otp|cvc|cvv|card[-_]?number|account[-_]?number|iban'
/** Short ones, told from 'compass' and 'author' by what stands around them. */
const NAMES = [
  new RegExp(`(?:${words})s?$`, 'i'),
  /(?:^|[-_.])(?:pass|pwd|auth)$/i,
  /[a-z](?:Pass|Pwd)$/,
  /^(?:password|secret|token)/i,
]

/** A header's cookies are all of its line. */
const COOKIES = /\b((?:set-)?cookie\s{0,3}[:=]\s{0,3})[^\n"']{1,4000}/gi
const PEM = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----[\s\S]{0,8192}?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|$)/g
/** Thirteen to nineteen digits, in groups or not; a number of a card only when its check digit says so. */
const CARD = /(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-]|\.\d)/g

/** scheme://user:password@host, and scheme://long-token@host. */
const URL_PASSWORD = /\b([a-z][a-z0-9+.-]{0,20}:\/\/[^\s:@/?#]{0,200}):[^\s@/]{1,500}@/gi
const URL_TOKEN = /\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s:@/?#]{20,500}@/gi
/** password=…, "token": "…", DB_PASSWORD: … */
const ASSIGNED = new RegExp(
  `((?<![\\w-])["']?[\\w-]{0,40}?(?:${words}|(?<![a-z])(?:pass|pwd))s?\\\\?["']?\\s{0,3}[:=]\\s{0,3})(\\\\"[^"\\n\\\\]{0,2000}(?:\\\\")?|"[^"\\n]{0,2000}"?|'[^'\\n]{0,2000}'?|(?:Bearer |Basic )?[^\\s,;&}"']{1,2000})`,
  'gi',
)
const QUERY_KEY = /([?&](?:key|sig|signature|auth|code)=)[^\s&#"']{1,2000}/gi
const BEARER = /\b(Bearer|Basic) +[\w.~+/=-]{8,2000}/g
const KNOWN = new RegExp(
  `\\b(?:${[
    '[sprw]k_(?:live|test)_\\w{8,200}', // Stripe
    'whsec_[\\w+/=]{8,200}', // its webhooks
    'sk-[\\w-]{16,200}', // OpenAI, Anthropic
    'gh[pousr]_\\w{20,200}',
    'github_pat_\\w{20,200}',
    'glpat-[\\w-]{16,200}',
    'npm_\\w{30,200}',
    'xox[abeprs]-[\\w-]{10,200}', // Slack
    'hooks\\.slack\\.com/services/[\\w/]{10,200}',
    'discord(?:app)?\\.com/api/webhooks/[\\w/-]{10,200}',
    'A[KS]IA[0-9A-Z]{16}', // AWS
    'AIza[\\w-]{30,60}', // Google
    'ya29\\.[\\w-]{20,500}',
    'SG\\.[\\w-]{16,64}\\.[\\w-]{16,128}', // SendGrid
    'key-[0-9a-f]{32}', // Mailgun
    'EAAA[\\w-]{40,200}', // Square
    'dop_v1_[0-9a-f]{32,128}',
    'shp(?:at|ca|pa|ss)_[0-9a-f]{32}',
    'eyJ[\\w-]{10,2000}\\.[\\w-]{4,4000}\\.[\\w-]{4,2000}', // JWT
  ].join('|')})`,
  'g',
)

/** One of its words must be there for something to be named a secret. */
const MAY_NAME = /pass|pwd|secret|token|key|auth|cookie|credential|session|jwt|otp|cvc|cvv|number|iban|bearer|basic|sig|code/i
const MAY_BE_CARD = /\d{4}[ -]?\d{4}/
const LEAST_TOKEN = 13

/** A copy of `data` that may be written down. */
export function masked(data: Json, depth = 0): Json {
  if (typeof data === 'string') return maskedText(data)
  if (typeof data !== 'object' || data === null) return data
  if (depth >= MAX_DEPTH) return '…'
  if (Array.isArray(data)) {
    const items = data.slice(0, MAX_ITEMS).map(item => masked(item, depth + 1))
    return data.length > MAX_ITEMS ? [...items, `… ${data.length - MAX_ITEMS} more`] : items
  }
  const entries = Object.entries(data as { readonly [key: string]: Json })
  const kept = entries
    .slice(0, MAX_ITEMS)
    .map(([key, value]) => [key, isSecretName(key) ? hidden(value) : masked(value, depth + 1)] as const)
  if (entries.length > MAX_ITEMS) kept.push(['…', `${entries.length - MAX_ITEMS} more`])
  return Object.fromEntries(kept)
}

export function maskedText(text: string): string {
  const cut = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}… (${text.length} characters)` : text
  // Most text holds none of what these look for, and a look for that costs far less than each of them.
  let shown = cut
  if (cut.includes('PRIVATE KEY')) shown = shown.replace(PEM, HIDDEN)
  if (cut.includes('@')) shown = shown.replace(URL_PASSWORD, `$1:${HIDDEN}@`).replace(URL_TOKEN, `$1${HIDDEN}@`)
  if (MAY_NAME.test(cut)) {
    shown = shown
      .replace(COOKIES, `$1${HIDDEN}`)
      .replace(ASSIGNED, `$1${HIDDEN}`)
      .replace(QUERY_KEY, `$1${HIDDEN}`)
      .replace(BEARER, `$1 ${HIDDEN}`)
  }
  if (cut.length >= LEAST_TOKEN) shown = shown.replace(KNOWN, HIDDEN)
  if (MAY_BE_CARD.test(cut)) shown = shown.replace(CARD, digits => (isCard(digits) ? HIDDEN : digits))
  return shown
}

function isSecretName(key: string): boolean {
  return NAMES.some(name => name.test(key))
}

/** That there is none is no secret, and worth knowing. */
function hidden(value: Json): Json {
  return value === null || value === '' || typeof value === 'boolean' ? value : HIDDEN
}

/** Luhn's check. */
function isCard(text: string): boolean {
  const digits = text.replace(/[ -]/g, '')
  // What begins with 1 is a time in milliseconds far more often than a card.
  if (!/^[2-6]/.test(digits) || digits.length < 13 || digits.length > 19) return false
  const sum = [...digits].reverse().reduce((all, digit, i) => {
    const n = Number(digit) * (i % 2 === 0 ? 1 : 2)
    return all + (n > 9 ? n - 9 : n)
  }, 0)
  return sum % 10 === 0
}
