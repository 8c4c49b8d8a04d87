// Where the marketplace's own PostgreSQL keeps its data, on which port it listens, and the address the app is given. Loading it
// writes one file: the password, made of chance, readable by this user alone.
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runningServer } from './running.ts'

export const DATABASE = 'marketplace'
export const USER = 'marketplace'
const USUAL_PORT = 54_329

/** `.data/` beside package.json, git-ignored; env MARKETPLACE_DATA moves it. Delete it to begin anew. */
export const dataFolder = resolve(process.env.MARKETPLACE_DATA ?? fileURLToPath(new URL('../../../.data/', import.meta.url)))
/** Holds the cluster; `postgres.is-at` beside it names another place when root's nobody can't reach this one. */
export const serverFolder = join(dataFolder, 'postgres')

/** The folder PostgreSQL calls its data directory. */
export function clusterFolder(folder = serverFolder): string {
  const note = `${folder}.is-at`
  return join(existsSync(note) ? readFileSync(note, 'utf8').trim() : folder, 'data')
}

/** The one password of this data folder; the first to ask makes it. */
export function password(): string {
  const file = join(dataFolder, 'password')
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 })
  try {
    writeFileSync(file, randomBytes(24).toString('base64url'), { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return readFileSync(file, 'utf8').trim()
}

export function databaseUrl(port: number, database = DATABASE): string {
  return `postgres://${USER}:${password()}@127.0.0.1:${port}/${database}`
}

/** Env MARKETPLACE_PGPORT; else the port our own server is on already; else the usual one where it is free, else any free one. */
export async function choosePort(): Promise<number> {
  const asked = process.env.MARKETPLACE_PGPORT
  if (asked !== undefined && asked !== '') return Number(asked)
  return runningServer(clusterFolder())?.port ?? (await freePort(USUAL_PORT)) ?? (await freePort(0)) ?? USUAL_PORT
}

function freePort(port: number): Promise<number | undefined> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined))
    })
  })
}
