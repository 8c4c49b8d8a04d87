// The peers we measure against, installed into bench/ on first use: they are no dependency of the package.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

export const here = import.meta.dirname
export const root = join(here, '..')

/** The script of a peer's command, to be run by this Node. */
export function peer(name: 'pm2' | 'autocannon' | 'wattpm'): string {
  install(!existsSync(join(here, 'node_modules', name)))
  return join(
    here,
    'node_modules',
    { pm2: 'pm2/bin/pm2', autocannon: 'autocannon/autocannon.js', wattpm: 'wattpm/bin/cli.js' }[name],
  )
}

/** A peer that is imported. Untyped: its types are not there before it is. */
export function library(name: 'mitata' | 'nact' | 'cockatiel' | 'opossum' | 'effect', part = ''): Promise<unknown> {
  if (!existsSync(join(here, 'node_modules', name))) install(true)
  return import(name + part)
}

function install(anew = false): void {
  if (!anew && existsSync(join(here, 'node_modules/.package-lock.json'))) return
  console.error('installing the peers into bench/ …')
  const done = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: here, stdio: ['ignore', 2, 2] })
  if (done.status !== 0) throw new Error('the peers could not be installed: npm ci in bench/')
}
