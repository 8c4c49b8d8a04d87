// The ways to a person: a Slack-compatible webhook, e-mail (nodemailer, loaded when it is used), a command. Each is bounded in time and rejects
// when it could not tell; who asks tries again.
import { spawn } from 'node:child_process'
import { SelfhealError } from '../core/index.ts'
import type { NotifyOptions } from './notify-options.ts'

export interface Message {
  readonly subject: string
  readonly text: string
}
export type Send = (message: Message) => Promise<void>

const WITHIN_MS = 15_000

export function channelsOf({ slack, email, command }: NotifyOptions): Readonly<Record<string, Send>> {
  return {
    ...(slack === undefined ? {} : { slack: message => post(slack, message) }),
    ...(email === undefined ? {} : { email: message => mail(email, message) }),
    ...(command === undefined ? {} : { command: message => run(command, message) }),
  }
}

/** A webhook's URL is its key: it stands in no error. */
async function post(url: string, { subject, text }: Message): Promise<void> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text: `*${subject}*\n${text}` }),
    signal: AbortSignal.timeout(WITHIN_MS),
  }).catch(error => {
    throw failed(`the webhook can't be reached (${reasonOf(error as Error, url)})`)
  })
  await answer.body?.cancel()
  if (!answer.ok) throw failed(`the webhook answered ${answer.status}`)
}

/** fetch says "fetch failed"; what failed is its cause. Words in which a part of the URL stands are left out. */
function reasonOf({ name, cause }: Error, url: string): string {
  const { code, message = '' } = (cause ?? {}) as { readonly code?: unknown; readonly message?: string }
  if (typeof code === 'string') return code
  const parts = URL.canParse(url) ? Object.values(partsOf(new URL(url))) : []
  return message === '' || [url, ...parts].some(part => part.length > 1 && message.includes(part)) ? name : message
}
const partsOf = ({ host, username, password, pathname, search }: URL) => ({ host, username, password, pathname, search })

async function mail({ to, from, smtp }: NonNullable<NotifyOptions['email']>, { subject, text }: Message): Promise<void> {
  const nodemailer = await import('nodemailer').catch(() => {
    throw new SelfhealError(
      'SELFHEAL_PEER_MISSING',
      'nodemailer is not installed: npm install nodemailer',
      'npm install nodemailer',
    )
  })
  const url = new URL(smtp)
  const transport = nodemailer.createTransport({
    host: url.hostname,
    port: Number(url.port) || (url.protocol === 'smtps:' ? 465 : 587),
    secure: url.protocol === 'smtps:',
    connectionTimeout: WITHIN_MS,
    greetingTimeout: WITHIN_MS,
    socketTimeout: WITHIN_MS,
    ...(url.username === '' ? {} : { auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) } }),
  })
  try {
    await transport.sendMail({ to, from: from ?? to, subject, text })
  } catch (error) {
    throw failed(`the mail was not taken (${(error as { code?: string }).code ?? 'no reason told'})`)
  } finally {
    transport.close()
  }
}

function run(command: string, { subject, text }: Message): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', command], {
      env: { ...process.env, SELFHEAL_SUBJECT: subject },
      stdio: ['pipe', 'ignore', 'ignore'],
      timeout: WITHIN_MS,
      killSignal: 'SIGKILL',
    })
    child.once('error', reject)
    child.once('exit', (code, signal) =>
      code === 0 ? resolve() : reject(failed(`the command ended with ${signal ?? `code ${code}`}`)),
    )
    // One that does not read is judged by how it ends.
    child.stdin.on('error', () => {})
    child.stdin.end(`${subject}\n\n${text}\n`)
  })
}

const failed = (says: string) =>
  new SelfhealError('SELFHEAL_NOT_TOLD', says, 'See to notify in selfheal.config; try it with: selfheal notify --test')
