// smtp(transport): mail through nodemailer, as it is. Mail knows no keys: what is unknown can't be proved, so a failover of mail says
// `duplicates: 'tolerated'`; a resent mail carries the same Message-ID, by which most readers show it once.
import { ConfigError, type Judgement } from '../../core/index.ts'
import { judgeCommon, MAYBE, NO, NOT_DONE, OK } from '../judge.ts'
import type { Provider, ProviderCall } from '../provider.ts'

export interface Mail {
  readonly from: string
  readonly to: string | readonly string[]
  readonly subject: string
  readonly text?: string
  readonly html?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Mailed {
  readonly id: string
  readonly provider: string
  readonly accepted: readonly string[]
  readonly rejected: readonly string[]
}

/** What is used of nodemailer's transporter. */
export interface MailTransport {
  sendMail(mail: never): Promise<unknown>
  verify(): Promise<unknown>
  readonly options?: unknown
}

export interface SmtpOptions {
  readonly name: string
  /** After the @ of the Message-ID. Default 'selfheal.invalid'. */
  readonly domain?: string
}

interface SmtpFailure {
  readonly code?: string
  readonly command?: string
  readonly responseCode?: number
  readonly timeoutType?: string
}

export function smtp(transport: MailTransport, { name, domain = 'selfheal.invalid' }: SmtpOptions): Provider<Mail, Mailed> {
  const { pool, maxRequeues } = (transport.options ?? {}) as { pool?: unknown; maxRequeues?: number }
  if (pool && maxRequeues !== 0)
    throw new ConfigError(`smtp ${name}`, [
      { at: 'maxRequeues', says: 'must be 0 in a pooled transport: it would send again by itself, behind the failover' },
    ])

  function judgeError(error: unknown): Judgement {
    const { code, command, responseCode, timeoutType } = error as SmtpFailure
    // It names a timeout or a closed connection 'CONN' in the middle of a mail too, so that word alone proves nothing.
    if (code === 'EDNS' || code === 'EAUTH' || timeoutType === 'CONNECT_TIMEOUT' || timeoutType === 'GREETING_TIMEOUT')
      return NOT_DONE
    if (code === 'EENVELOPE' && command === 'API') return NO
    if (responseCode !== undefined && responseCode >= 400 && responseCode < 500) return NOT_DONE
    // The recipient, or the mail itself, is refused for good.
    if (responseCode !== undefined && responseCode >= 500) return code === 'EENVELOPE' || code === 'EMESSAGE' ? NO : NOT_DONE
    return judgeCommon(error) ?? MAYBE
  }

  return Object.freeze({
    name,
    card: { keyTtl: 0, keyMaxLength: 255, replaysErrors: false },
    judge: answer => ('error' in answer ? judgeError(answer.error) : OK),
    async call(_operation: string, mail: Mail, at: ProviderCall): Promise<Mailed> {
      const sent = (await transport.sendMail({ ...mail, messageId: `<${at.key}@${domain}>` } as never)) as {
        messageId?: string
        accepted?: unknown[]
        rejected?: unknown[]
      }
      return {
        id: sent.messageId ?? '',
        provider: name,
        accepted: (sent.accepted ?? []).map(String),
        rejected: (sent.rejected ?? []).map(String),
      }
    },
    health: () => transport.verify(),
  } satisfies Provider<Mail, Mailed>)
}
