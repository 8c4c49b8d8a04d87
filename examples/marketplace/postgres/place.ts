// Where the marketplace's own PostgreSQL keeps its data, on which port it listens, and the address the app is given. Loading it
// writes one file: the password, made of chance, readable by this user alone.
import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runningServer } from './running.ts'
import { inDataFolder } from './trouble.ts'

export const DATABASE = 'marketplace'
export const USER = 'marketplace'
const USUAL_PORT = 54_329

/** `.data/` beside package.json, git-ignored; env MARKETPLACE_DATA moves it. Delete it to begin anew. */
export const dataFolder = resolve(process.env.MARKETPLACE_DATA ?? fileURLToPath(new URL('../../../.data/', import.meta.url)))
/** Holds the cluster; `postgres.is-at` beside it names another place when root's nobody can't reach this one. */
export const serverFolder = join(dataFolder, 'postgres')

/** The folder PostgreSQL calls its data directory. */
export function clusterFolder(folder = serverFolder): string {
  return join(placedFolder(folder) ?? folder, 'data')
}

/** The place noted for this folder, by ./identity.ts, when it is another. */
export function placedFolder(folder: string): string | undefined {
  const note = `${folder}.is-at`
  const place = existsSync(note) ? readFileSync(note, 'utf8').trim() : ''
  return place !== '' && existsSync(place) ? place : undefined
}

/** The one password of this data folder; the first to ask makes it. */
export function password(): string {
  const file = join(dataFolder, 'password')
  return inDataFolder(dataFolder, () => {
    mkdirSync(dataFolder, { recursive: true })
    if (!existsSync(file)) {
      // Whole or not at all: two may ask at the same time.
      const fresh = `${file}.${process.pid}`
      writeFileSync(fresh, randomBytes(24).toString('base64url'), { mode: 0o600 })
      try {
        linkSync(fresh, file)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      } finally {
        rmSync(fresh, { force: true })
      }
    }
    return readFileSync(file, 'utf8').trim()
  })
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
