// Operators' overrides in one small file (overrides.json of the state folder), so that they survive restarts and hold for every process
// of the system: who sets one writes the file, all others see it change. A file that can't be read changes nothing.
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, unwatchFile, watchFile, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Events, outsideFrames, SelfhealError, type Undo } from '../core/index.ts'
import './events.ts'
import { type Override, type Overrides, withOverride } from './overrides.ts'

export interface OverridesFileOptions {
  readonly events?: Events
  /** How often another process's change is looked for. Default 500 ms. */
  readonly everyMs?: number
}

/** Must be closed: it watches the file (without keeping the process alive). */
export function overridesFile(file: string, { events, everyMs = 500 }: OverridesFileOptions = {}): Overrides {
  const listeners = new Set<() => void>()
  let text = ''
  let kept: Readonly<Record<string, Override>> = {}

  /** True when something changed. */
  const read = (): boolean => {
    try {
      const found = readText(file)
      if (found === text) return false
      kept = parse(found)
      text = found
      return true
    } catch (error) {
      events?.emit('feature.overrides_unreadable', 'feature', { file, says: (error as Error).message }, { level: 'warn' })
      return false
    }
  }
  const tell = () => {
    for (const fn of [...listeners]) fn()
  }
  const changed = () => {
    if (read()) tell()
  }

  read()
  outsideFrames(() => watchFile(file, { interval: everyMs, persistent: false }, changed))
  return Object.freeze({
    all: () => kept,
    set(name: string, override: Override | undefined) {
      // What another process wrote meanwhile is kept.
      read()
      const next = withOverride(kept, name, override)
      const written = `${JSON.stringify({ v: 1, overrides: next }, undefined, 2)}\n`
      try {
        replaceFile(file, written)
      } catch (error) {
        throw new SelfhealError(
          'SELFHEAL_OVERRIDE_NOT_KEPT',
          `The override could not be written to ${file}: ${(error as Error).message}. Nothing was changed.`,
          'Look at the state folder: ls -ld shows whose it is, df -h whether there is room.',
          error,
        )
      }
      kept = next
      text = written
      tell()
    },
    watch(fn: () => void): Undo {
      const own = () => fn()
      listeners.add(own)
      return () => void listeners.delete(own)
    },
    look: changed,
    close() {
      listeners.clear()
      unwatchFile(file, changed)
    },
  })
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

function parse(text: string): Readonly<Record<string, Override>> {
  if (text === '') return {}
  const { v, overrides } = JSON.parse(text) as { v?: unknown; overrides?: Record<string, Override> }
  if (v !== 1 || typeof overrides !== 'object' || overrides === null) throw new Error('it is not an overrides file of version 1')
  for (const [name, one] of Object.entries(overrides))
    if ((one?.mode !== 'readonly' && one?.mode !== 'off') || typeof one.since !== 'number' || typeof one.by !== 'string')
      throw new Error(`its override of ${name} is not one`)
  return Object.freeze(overrides)
}

/** All of the new text or all of the old, also after a power cut. */
function replaceFile(file: string, text: string) {
  const next = `${file}.${process.pid}.next`
  const fd = openSync(next, 'w', 0o600)
  try {
    writeSync(fd, text)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  renameSync(next, file)
  const folder = openSync(dirname(file), 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
