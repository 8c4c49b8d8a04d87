// selfheal as it is published: built JavaScript, in a folder of its own. A clone runs its sources, whose types every life would have to strip
// while it boots; that is not what anybody has installed.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './peers.ts'

let bin: string | undefined

/** The script of the command. Built once a run, gone at its end. */
export function published(): string {
  if (bin !== undefined) return bin
  const folder = mkdtempSync(join(tmpdir(), 'selfheal-published-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const words = ['-p', join(root, 'tsconfig.build.json'), '--outDir', join(folder, 'dist')]
  const built = spawnSync(join(root, 'node_modules/.bin/tsc'), words, { cwd: root, encoding: 'utf8' })
  if (built.status !== 0) throw new Error(`selfheal can't be built:\n${built.stdout}${built.stderr}`)
  const bundled = spawnSync(process.execPath, [join(root, 'bundle.mts'), join(folder, 'dist')], { cwd: root, encoding: 'utf8' })
  if (bundled.status !== 0) throw new Error(`selfheal can't be built:\n${bundled.stdout}${bundled.stderr}`)
  for (const part of ['bin', 'package.json']) cpSync(join(root, part), join(folder, part), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  bin = join(folder, 'bin/selfheal.js')
  return bin
}
