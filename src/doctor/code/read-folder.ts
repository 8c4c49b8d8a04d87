// Reads a code base from disk for unguarded(): its own JavaScript and TypeScript, without what was installed, built or is a test.
import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Finding } from '../facts.ts'
import { unguarded } from './unguarded.ts'

const CODE = /\.[cm]?[jt]sx?$/
const NOT_OURS = /^(?:node_modules|dist|build|out|coverage|vendor|\..+)$/
const NOT_RUN = /(?:\.d\.[cm]?ts|[.-](?:test|spec|min|bundle)\.[cm]?[jt]sx?)$/
const MAX_BYTES = 1_000_000
const MAX_FILES = 20_000

export function readFolder(folder: string): { readonly files: number; readonly findings: readonly Finding[] } {
  const findings: Finding[] = []
  let files = 0
  const visit = (at: string) => {
    for (const entry of readdirSync(at, { withFileTypes: true })) {
      const path = join(at, entry.name)
      if (entry.isDirectory() && !NOT_OURS.test(entry.name) && !/^(?:tests?|__tests__)$/.test(entry.name)) visit(path)
      else if (entry.isFile() && CODE.test(entry.name) && !NOT_RUN.test(entry.name) && files < MAX_FILES) {
        if (lstatSync(path).size > MAX_BYTES) continue
        files++
        findings.push(...unguarded(relative(folder, path), readFileSync(path, 'utf8')))
      }
    }
  }
  visit(folder)
  return { files, findings }
}
