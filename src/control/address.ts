// Where the control socket is: control.sock in the state folder, or, when that path is too long for a socket, a short one elsewhere.
import { lstatSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { SelfhealError } from '../core/index.ts'

/** Linux takes 107 bytes, macOS 103. */
const MAX_BYTES = 100

/** The socket's path for `folder`, in a place that only this user can enter. Makes that place when it is outside the folder. */
export function controlAddress(folder: string, env: Readonly<Record<string, string | undefined>> = process.env): string {
  const name = process.getBuiltinModule('node:crypto').createHash('sha256').update(folder).digest('hex').slice(0, 16)
  if (process.platform === 'win32') return `\\\\.\\pipe\\selfheal-${name}`
  const near = join(folder, 'control.sock')
  if (Buffer.byteLength(near) <= MAX_BYTES) return near
  const runtime = env['XDG_RUNTIME_DIR']
  const own = process.getuid?.() ?? 0
  for (const place of [...(runtime?.startsWith('/') ? [join(runtime, 'selfheal')] : []), `/tmp/selfheal-${own}`]) {
    const address = join(place, `${name}.sock`)
    if (Buffer.byteLength(address) <= MAX_BYTES && isPrivate(place, own)) return address
  }
  throw new SelfhealError(
    'SELFHEAL_STATE_UNWRITABLE',
    `The path of the state folder is too long for a socket, and /tmp/selfheal-${own} is no place of this user alone`,
    'Give a shorter state folder: --state <folder>',
  )
}

/** Anyone may write in /tmp: a folder there that someone else made is not used. */
function isPrivate(place: string, own: number): boolean {
  try {
    mkdirSync(place, { recursive: true, mode: 0o700 })
    const { uid, mode } = lstatSync(place)
    return lstatSync(place).isDirectory() && uid === own && (mode & 0o077) === 0
  } catch {
    return false
  }
}
